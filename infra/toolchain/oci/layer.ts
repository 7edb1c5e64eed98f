import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import type { TarEntry } from "../../../components/archive";

/** One path of an image layer. Paths are absolute or relative to the image's root; owner is root. */
export type LayerEntry = { path: string } & (
  | { data: string | Uint8Array; mode?: number }
  | { file: string; mode?: number }
  | { link: string }
  | { directory: true; mode?: number }
);

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

/**
 * The tar entries of a layer: sorted by path, every parent directory present, files read from the host.
 *
 * @throws when a path leaves the root, appears twice, or lies below something that is not a directory.
 */
export async function layerEntries(layer: readonly LayerEntry[]): Promise<TarEntry[]> {
  const entries = new Map<string, TarEntry>();
  for (const item of layer) {
    const entry = await tarEntry(item);
    if (entries.has(entry.path)) throw new Error(`layer path "${item.path}" appears twice`);
    entries.set(entry.path, entry);
  }
  for (const path of [...entries.keys()]) {
    for (const parent of parents(path)) {
      const found = entries.get(parent);
      if (found === undefined) entries.set(parent, { kind: "directory", path: parent, mode: DIRECTORY_MODE });
      else if (found.kind !== "directory")
        throw new Error(`layer path "${path}" lies below "${parent}", which is a ${found.kind}`);
    }
  }
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function tarEntry(item: LayerEntry): Promise<TarEntry> {
  const path = relativePath(item.path);
  if ("link" in item) return { kind: "link", path, target: item.link };
  if ("directory" in item) return { kind: "directory", path, mode: item.mode ?? DIRECTORY_MODE };
  const data = "file" in item ? await readFile(item.file) : Buffer.from(item.data);
  return { kind: "file", path, mode: item.mode ?? FILE_MODE, data };
}

function relativePath(path: string): string {
  const clean = posix.normalize(path).replace(/^\/+|\/+$/g, "");
  if (clean === "" || clean === "." || clean === ".." || clean.startsWith("../"))
    throw new Error(`layer path "${path}" is not below the image's root`);
  return clean;
}

function parents(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
