import { createHash } from "node:crypto";

/** Where generations of the runtime live on a machine; each has a folder named by its content. */
export const RUNTIME_FOLDER = "/opt/ofwasm/runtime";

/**
 * Stands for the name of a generation in files that must know their own folder (crun's loader and library path).
 * As long as a name, so that putting one in its place moves nothing.
 */
export const GENERATION_PLACEHOLDER = "@".repeat(32);

/** A file of the payload. */
export interface PayloadFile {
  /** Path below the generation's folder. */
  path: string;
  data: Uint8Array;
  mode: number;
}

/** A generation: its name and its files, with the name put in. */
export interface Generation {
  id: string;
  files: readonly PayloadFile[];
}

export const sha256 = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex");

/**
 * Names a set of files by their content and puts the name where the placeholder is.
 *
 * Equal files give equal names, and a folder of that name never has other content.
 */
export function nameGeneration(files: readonly PayloadFile[]): Generation {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const listing = sorted.map(({ path, mode, data }) => `${path} ${mode.toString(8)} ${sha256(data)}\n`).join("");
  const id = sha256(listing).slice(0, GENERATION_PLACEHOLDER.length);
  return { id, files: sorted.map((file) => ({ ...file, data: replaced(file.data, id) })) };
}

function replaced(data: Uint8Array, id: string): Uint8Array {
  const copy = Buffer.from(data);
  for (let at = copy.indexOf(GENERATION_PLACEHOLDER); at >= 0; at = copy.indexOf(GENERATION_PLACEHOLDER, at))
    copy.write(id, at, "latin1");
  return copy;
}

/** What `sha256sum --check` reads. */
export const checksums = (files: readonly PayloadFile[]): string =>
  files.map(({ path, data }) => `${sha256(data)}  ${path}\n`).join("");

/** The highest GLIBC_ version among the symbols that `objdump -T` or `readelf --version-info` shows. */
export function glibcNeeded(symbols: string): string {
  const found = [...symbols.matchAll(/\bGLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [
    Number(major),
    Number(minor),
  ]);
  const highest = found.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!).at(-1);
  return highest ? highest.join(".") : "none";
}

/** Libraries that `ldd` names, name -> path; the loader is under its own name. */
export function librariesOf(ldd: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of ldd.split("\n")) {
    const missing = /^\s*(\S+) => not found/.exec(line)?.[1];
    if (missing) throw new Error(`library ${missing} is not there, which the payload needs`);
    const path = /(?:=>\s+)?(\/\S+)\s+\(0x[0-9a-f]+\)\s*$/.exec(line)?.[1];
    if (path) found.set(path.slice(path.lastIndexOf("/") + 1), path);
  }
  return found;
}
