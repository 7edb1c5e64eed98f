import { createHash } from "node:crypto";
import { createWriteStream, renameSync, rmSync } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import type { Pin } from "../pins";
import type { Step } from "./progress";
import { Unavailable } from "./sources";

/** Until the server's answer begins: an air-gapped host must not wait long for what it cannot have. */
const ANSWER_DEADLINE_MS = 5_000;

/** Longest pause within a download. */
const STALL_DEADLINE_MS = 30_000;

export interface DownloadOptions {
  step?: Step;
  signal?: AbortSignal;
  /** Milliseconds until the server's answer begins. Default: 5000. */
  answerDeadlineMs?: number;
}

/**
 * Downloads a pinned file; it appears under its name only when every byte is checked.
 *
 * @throws Unavailable when the host is not reached, does not answer in time, breaks off or refuses
 * @throws Error when the bytes are not those of the pin: somebody tampered with them, so nothing else is tried
 */
export async function download(
  pin: Pick<Pin, "url" | "sha256">,
  file: string,
  options: DownloadOptions = {},
): Promise<void> {
  const partial = `${file}.part`;
  try {
    const sha256 = await fetchInto(pin.url, partial, options);
    refuseForeign(pin.url, sha256, pin, "Try from another network, and report it if it stays.");
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

/**
 * Refuses bytes that are not those of the pin.
 *
 * @param place where they came from
 * @param remedy what to do then
 */
export function refuseForeign(place: string, sha256: string, pin: Pick<Pin, "sha256">, remedy: string): void {
  if (sha256 === pin.sha256) return;
  throw new Error(
    `${place} is not what was published: SHA-256 ${sha256}, expected ${pin.sha256}. It was not used. ${remedy}`,
  );
}

/** Writes what the address serves and returns its SHA-256. */
async function fetchInto(url: string, file: string, options: DownloadOptions): Promise<string> {
  const deadline = new AbortController();
  const stop = (): void => deadline.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", stop, { once: true });
  let timer = setTimeout(() => deadline.abort(), options.answerDeadlineMs ?? ANSWER_DEADLINE_MS);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => deadline.abort(), STALL_DEADLINE_MS);
  };
  try {
    const response = await fetch(url, { signal: deadline.signal });
    if (!response.ok || !response.body) throw new Unavailable(`${new URL(url).host} answers ${response.status}`);
    const total = Number(response.headers.get("content-length") ?? 0);
    const hash = createHash("sha256");
    let received = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        alive();
        hash.update(chunk);
        received += chunk.length;
        options.step?.update(`downloading ${megabytes(received)}${total > 0 ? ` of ${megabytes(total)}` : ""}`);
        done(null, chunk);
      },
    });
    await pipeline(Readable.fromWeb(response.body as ReadableStream), meter, createWriteStream(file));
    return hash.digest("hex");
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof Unavailable || isDiskError(error)) throw error;
    throw new Unavailable(
      `${new URL(url).host} ${deadline.signal.aborted ? "does not answer in time" : reason(error)}`,
    );
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", stop);
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/**
 * A full or read-only disk is not the network's fault, and the next source would meet it too. `fetch` wraps the
 * errors of the network, so a bare error of a system call comes from the file.
 */
const isDiskError = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall !== undefined;

/** `fetch` hides the cause one level down. */
function reason(error: unknown): string {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  return `is not reached (${cause?.code ?? cause?.message ?? message})`;
}
