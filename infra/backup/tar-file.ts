import { createHash, type Hash } from "node:crypto";
import { closeSync, createReadStream, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { TAR_END, tarHeader, tarPadding } from "../../components/archive";

const BLOCK = 512;

/** Writes a tar file entry by entry, each as it comes in: how large it is need not be known before. For its owner only. */
export class GrowingTar {
  private readonly descriptor: number;
  private position = 0;
  private entry: { path: string; start: number; size: number; hash: Hash } | undefined;

  /** @throws when there is such a file already */
  constructor(file: string) {
    this.descriptor = openSync(file, "wx", 0o600);
  }

  begin(path: string): void {
    this.entry = { path, start: this.position, size: 0, hash: createHash("sha256") };
    this.position += BLOCK;
  }

  write(chunk: Uint8Array): void {
    const entry = this.entry;
    if (entry === undefined) throw new Error("no entry was begun");
    this.put(chunk);
    entry.size += chunk.length;
    entry.hash.update(chunk);
  }

  /** Ends the entry; gives what a manifest says of it. */
  end(): { size: number; sha256: string } {
    const entry = this.entry;
    if (entry === undefined) throw new Error("no entry was begun");
    const { path, start, size, hash } = entry;
    this.put(tarPadding(size));
    writeAll(this.descriptor, tarHeader({ path, mode: 0o600, size }), start);
    this.entry = undefined;
    return { size, sha256: hash.digest("hex") };
  }

  /** Ends the file and waits for the disk. */
  finish(): void {
    this.put(TAR_END);
    fsyncSync(this.descriptor);
    this.close();
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private put(chunk: Uint8Array): void {
    writeAll(this.descriptor, chunk, this.position);
    this.position += chunk.length;
  }
}

function writeAll(descriptor: number, chunk: Uint8Array, position: number): void {
  for (let done = 0; done < chunk.length; )
    done += writeSync(descriptor, chunk, done, chunk.length - done, position + done);
}

/** Where the bytes of one entry are. */
export interface Place {
  start: number;
  size: number;
}

/**
 * Finds the entries of a tar file that `GrowingTar` wrote.
 *
 * @throws when it is no tar file, or is cut off within a header
 */
export function tarPlaces(file: string): Map<string, Place> {
  const descriptor = openSync(file, "r");
  const header = Buffer.alloc(BLOCK);
  const places = new Map<string, Place>();
  try {
    for (let at = 0; ; ) {
      const read = readSync(descriptor, header, 0, BLOCK, at);
      if (read === 0 || (read === BLOCK && header.every((byte) => byte === 0))) return places;
      if (read < BLOCK || header.toString("latin1", 257, 262) !== "ustar")
        throw new Error("it is no tar file, or is cut off");
      const size = Number.parseInt(header.toString("latin1", 124, 135), 8);
      places.set(header.toString("utf8", 0, 100).replace(/\0.*$/s, ""), { start: at + BLOCK, size });
      at += BLOCK + size + tarPadding(size).length;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The bytes of an entry. */
export async function* bytesAt(file: string, { start, size }: Place): AsyncGenerator<Buffer> {
  if (size > 0) yield* createReadStream(file, { start, end: start + size - 1 }) as AsyncIterable<Buffer>;
}

/** All chunks of a stream that fits into memory. */
export async function collected(chunks: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}
