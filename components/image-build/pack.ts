import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, posix } from "node:path";
import { gzipSync } from "node:zlib";
import { type TarEntry, tar } from "../archive";
import { ignoreList } from "./ignore";

/** Bytes that a ConfigMap's values and keys may have together. */
export const CONFIG_MAP_LIMIT = 1024 * 1024;

/** How many files an error names. */
const NAMED = 3;

/** A folder as one archive. */
export interface PackedFolder {
  /** SHA-256 of what is in it, 64 hexadecimal digits: names, contents, links and which files can be run. */
  digest: string;
  /** The archive, compressed. Its bytes may differ between versions of Node; the digest does not. */
  compressed: Buffer;
}

/**
 * Packs a folder for a build: in the order of names, owned by root, without times. Two copies of a folder give one
 * digest, whoever owns them and whenever they were made.
 *
 * Left out are `.git`, empty folders, and what `.dockerignore` names, but never that file and the Dockerfile.
 *
 * @param dockerfile path in the folder
 * @param room bytes that the archive may have
 * @throws when the folder or its Dockerfile is not there or is a link, when something in it is no file, folder or link,
 *   and when the archive is too large: says by how much and what is largest.
 */
export function packFolder(folder: string, dockerfile: string, room = CONFIG_MAP_LIMIT): PackedFolder {
  requireFile(folder, dockerfile);
  const entries = entriesOf(folder, chosen(folder, dockerfile));
  const archive = tar(withFolders(entries));
  const compressed = gzipSync(archive, { level: 9 });
  if (compressed.length > room) throw new Error(tooLarge(folder, entries, compressed.length, room));
  return { digest: createHash("sha256").update(archive).digest("hex"), compressed };
}

/**
 * Why a folder cannot be packed, as `packFolder` says it; `undefined` when it can. It compresses only what is larger than
 * the room when it is not.
 */
export function folderProblem(folder: string, dockerfile: string, room = CONFIG_MAP_LIMIT): string | undefined {
  try {
    requireFile(folder, dockerfile);
    const sizes = entriesOf(folder, chosen(folder, dockerfile)).map((one) =>
      one.kind === "file" ? one.data.length : 0,
    );
    if (sizes.reduce((sum, size) => sum + size, 0) > room) packFolder(folder, dockerfile, room);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function requireFile(folder: string, dockerfile: string): void {
  const top = lstatSync(folder, { throwIfNoEntry: false });
  if (top?.isSymbolicLink())
    throw new Error(`source folder ${folder} is a link, which will not do; give the folder itself`);
  if (!top?.isDirectory())
    throw new Error(`source folder ${folder} is not there; give the folder that holds the Dockerfile`);
  const about = lstatSync(join(folder, dockerfile), { throwIfNoEntry: false });
  if (about?.isSymbolicLink())
    throw new Error(
      `${dockerfile} in source folder ${folder} is a link, which will not do; set the build's dockerfile to the file itself`,
    );
  if (!about?.isFile())
    throw new Error(`source folder ${folder} has no file ${dockerfile}; set the build's dockerfile`);
}

/** What of a folder is packed; paths are relative to it. */
interface Choice {
  leavesOut(file: string): boolean;
  /** Whether nothing in a folder can be wanted. */
  skips(folder: string): boolean;
}

/** What `.dockerignore` leaves, and what the build must not lose. */
function chosen(folder: string, dockerfile: string): Choice {
  const file = join(folder, IGNORE_FILE);
  const list = ignoreList(lstatSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, "utf8") : "");
  const kept = [IGNORE_FILE, posix.normalize(dockerfile)];
  return {
    leavesOut: (path) => path === ".git" || (!kept.includes(path) && list.leavesOut(path)),
    skips: (path) =>
      path === ".git" ||
      (list.leavesOut(path) && !list.hasExceptions && !kept.some((wanted) => wanted.startsWith(`${path}/`))),
  };
}

const IGNORE_FILE = ".dockerignore";

type Packed = Exclude<TarEntry, { kind: "directory" }>;

function entriesOf(folder: string, choice: Choice, below = ""): Packed[] {
  return readdirSync(join(folder, below)).flatMap((name): Packed[] => {
    const path = below === "" ? name : `${below}/${name}`;
    const file = join(folder, path);
    const about = lstatSync(file);
    if (about.isDirectory()) return choice.skips(path) ? [] : entriesOf(folder, choice, path);
    if (choice.leavesOut(path)) return [];
    if (about.isSymbolicLink()) return [{ kind: "link", path, target: readlinkSync(file) }];
    if (!about.isFile()) throw new Error(`${file} is no file, folder or link; leave it out in ${IGNORE_FILE}`);
    // Nothing else of the mode is the same in every clone.
    return [{ kind: "file", path, mode: (about.mode & 0o100) === 0 ? 0o644 : 0o755, data: readFileSync(file) }];
  });
}

function withFolders(entries: readonly Packed[]): TarEntry[] {
  const folders = new Set(entries.flatMap(({ path }) => parents(path)));
  return [...[...folders].map((path): TarEntry => ({ kind: "directory", path, mode: 0o755 })), ...entries].sort(
    (a, b) => (a.path < b.path ? -1 : 1),
  );
}

function parents(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

function tooLarge(folder: string, entries: readonly Packed[], size: number, room: number): string {
  const largest = entries
    .flatMap((entry) => (entry.kind === "file" ? [entry] : []))
    .sort((a, b) => b.data.length - a.data.length)
    .slice(0, NAMED)
    .map(({ path, data }) => `${path} (${data.length} bytes)`);
  return (
    `source folder ${folder} is ${size} bytes when packed, and ${room} are allowed, because a ConfigMap carries it; ` +
    `largest: ${largest.join(", ")}. Leave out in ${IGNORE_FILE} what the build does not read, or build from a git URL`
  );
}
