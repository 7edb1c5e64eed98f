const BLOCK = 512;
/** Largest size that the eleven octal digits of a ustar header hold. */
const MAX_SIZE = 8 ** 11 - 1;

/** One entry of a tar stream; owner root and time zero, so equal content gives equal bytes. */
export type TarEntry =
  | { kind: "file"; path: string; mode: number; data: Uint8Array }
  | { kind: "directory"; path: string; mode: number }
  | { kind: "link"; path: string; target: string };

/**
 * Encodes entries as a ustar stream, in the order given.
 *
 * @throws when a path or link target does not fit the format, or a file is 8 GiB or larger.
 */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    parts.push(header(entry));
    if (entry.kind === "file") parts.push(entry.data, tarPadding(entry.data.length));
  }
  parts.push(TAR_END);
  return Buffer.concat(parts);
}

/** What ends a stream. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** What is before a file's bytes. */
export const tarHeader = (file: { path: string; mode: number; size: number }): Buffer =>
  header({ kind: "sized", ...file });

/** What is after a file's bytes. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

/** A file whose bytes are somewhere else. */
interface SizedFile {
  kind: "sized";
  path: string;
  mode: number;
  size: number;
}

function sizeOf(entry: TarEntry | SizedFile): number {
  if (entry.kind === "sized") return entry.size;
  return entry.kind === "file" ? entry.data.length : 0;
}

function header(entry: TarEntry | SizedFile): Buffer {
  const block = Buffer.alloc(BLOCK);
  const path = entry.kind === "directory" ? `${entry.path}/` : entry.path;
  const size = sizeOf(entry);
  if (size > MAX_SIZE) throw new Error(`tar entry "${path}" has ${size} bytes; the format ends at ${MAX_SIZE}`);
  const { name, prefix } = splitPath(path);
  const link = entry.kind === "link" ? entry.target : "";
  if (Buffer.byteLength(link) > 100) throw new Error(`tar link "${path}" points to a path over 100 bytes: "${link}"`);
  block.write(name, 0);
  block.write(octal(entry.kind === "link" ? 0o777 : entry.mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write({ file: "0", sized: "0", directory: "5", link: "2" }[entry.kind], 156);
  block.write(link, 157);
  block.write("ustar\u000000", 257);
  block.write("root", 265);
  block.write("root", 297);
  block.write(prefix, 345);
  // The checksum counts its own field as eight spaces.
  block.write("        ", 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}

/** A ustar path is up to 100 bytes, or a prefix of up to 155 and a name of up to 100, split at a slash. */
function splitPath(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: "" };
  for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
    const prefix = path.slice(0, at);
    const name = path.slice(at + 1);
    if (name && Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return { name, prefix };
  }
  throw new Error(`tar path "${path}" does not fit the format (100 bytes, or 155 + 100 split at a slash)`);
}
