import { createHash } from "node:crypto";
import { createReadStream, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Archive, type Asset, asArchive, asAsset, type PropertyValue } from "../host";
import { OFFICIAL } from "./inputs";

export interface CopyFile {
  /** Relative to where the copy goes, with `/`. */
  path: string;
  /** Permission bits, octal as chmod takes them; `-` keeps what is there, or the machine's default. */
  mode: string;
  size: number;
  sha256: string;
  read(): Readable;
}

/** What is copied, read and hashed. */
export interface CopySource {
  /** How the destination is meant; see receive.sh. */
  kind: "file" | "text" | "tree" | "merge";
  /** Last part of the local path. */
  name: string;
  files: CopyFile[];
  directories: string[];
  /** For messages; never content. */
  title: string;
}

/** Reads in big pieces: the content goes through encryption chunk by chunk. */
const CHUNK = 1 << 20;

/** A line break would break the list of files apart, and a space at the end be lost in it. */
const UNSAFE = /[\n\r\0]| $/;

/** @throws when the source cannot be read, or is of a kind that this plugin does not copy. */
export async function readSource(value: PropertyValue | undefined): Promise<CopySource> {
  const asset = asAsset(value);
  if (asset) return assetSource(asset);
  const archive = asArchive(value);
  if (archive) return archiveSource(archive);
  throw new Error("source is neither an asset nor an archive");
}

const byAddress = (uri: string): Error =>
  new Error(`source ${uri} is an address, and this plugin does not download; ${OFFICIAL}`);

async function assetSource(asset: Asset): Promise<CopySource> {
  if (asset.uri) throw byAddress(asset.uri);
  if (asset.path) return pathSource(asset.path);
  const file = textFile(asset.text ?? "", "text");
  return { kind: "text", name: "", files: [file], directories: [], title: `${file.size} bytes of text` };
}

async function archiveSource(archive: Archive): Promise<CopySource> {
  if (archive.uri) throw byAddress(archive.uri);
  if (archive.path) return pathSource(archive.path);
  const entries = Object.entries(archive.assets ?? {});
  const files: CopyFile[] = [];
  const directories: string[] = [];
  for (const [name, entry] of entries) {
    const part = await readSource(entry);
    const inside = (path: string): string => checkedPath(path ? `${name}/${path}` : name);
    if (part.kind === "file" || part.kind === "text") {
      if (asArchive(entry)) throw new Error(`source ${name} is an archive file inside an archive; ${OFFICIAL}`);
      files.push(...part.files.map((file) => ({ ...file, path: inside("") })));
      continue;
    }
    files.push(...part.files.map((file) => ({ ...file, path: inside(file.path) })));
    directories.push(inside(""), ...part.directories.map(inside));
  }
  return { kind: "merge", name: "", files, directories, title: `${files.length} files` };
}

async function pathSource(path: string): Promise<CopySource> {
  const title = path;
  if (!statSync(path).isDirectory()) {
    const name = checkedPath(basename(path));
    return { kind: "file", name, files: [await diskFile(path, name)], directories: [], title };
  }
  const { files, directories } = await walk(path, "");
  return { kind: path.endsWith("/") ? "merge" : "tree", name: checkedPath(basename(path)), files, directories, title };
}

async function walk(root: string, below: string): Promise<{ files: CopyFile[]; directories: string[] }> {
  const files: CopyFile[] = [];
  const directories: string[] = [];
  const entries = readdirSync(join(root, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = checkedPath(below ? `${below}/${entry.name}` : entry.name);
    if (entry.isDirectory()) {
      const inner = await walk(root, path);
      directories.push(path, ...inner.directories);
      files.push(...inner.files);
      continue;
    }
    const found = statSync(join(root, path));
    if (!found.isFile()) throw new Error(`source ${join(root, path)} is neither a file nor a directory`);
    files.push(await diskFile(join(root, path), path));
  }
  return { files, directories };
}

function checkedPath(path: string): string {
  if (UNSAFE.test(path)) throw new Error(`source ${JSON.stringify(path)} has a line break or a last space in its name`);
  if (path.startsWith("/") || path.split("/").includes("..")) throw new Error(`source ${path} leads out of its folder`);
  return path;
}

async function diskFile(file: string, path: string): Promise<CopyFile> {
  const hash = createHash("sha256");
  const { size, mode } = statSync(file);
  await pipeline(createReadStream(file, { highWaterMark: CHUNK }), hash);
  return {
    path,
    mode: (mode & 0o777).toString(8),
    size,
    sha256: hash.digest("hex"),
    read: () => createReadStream(file, { highWaterMark: CHUNK }),
  };
}

function textFile(text: string, path: string): CopyFile {
  const content = Buffer.from(text);
  return {
    path,
    mode: "-",
    size: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
    read: () => Readable.from([content]),
  };
}
