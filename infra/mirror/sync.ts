import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { writeAtomically } from "../atomic";
import type { Pin } from "../pins";
import { isAlive } from "../process";
import { type DownloadOptions, download } from "../toolchain/download";
import { CHARTS, DOWNLOADS, fromMirror, isUrl, placeInMirror } from "../toolchain/mirror";
import { sha256 } from "../toolchain/payload/contents";
import { filesBelow, type Making } from "../toolchain/store";

/** Checksums of the bundle, as `sha256sum --check` reads them: for people who carry it. */
const CHECKSUMS = "SHA256SUMS";

/** What became of one file of the bundle. */
export interface Synced {
  /** Below the bundle. */
  file: string;
  /** `kept`: it was there and right. `replaced`: something else was under its name. */
  outcome: "kept" | "copied" | "replaced" | "missing";
  /** Where it came from, and what had been there; for a missing one why it could not be had. */
  detail: string;
}

/** Downloads at a time: more would only share the same line. */
const PARALLEL = 4;

/**
 * Makes the folder hold these published files, each checked against its sum, as the setting `mirror` reads them.
 *
 * A file appears under its name when all of it is there, checked and on the disk. What cannot be had is told with all
 * the rest, and what is under its name stays as it is.
 *
 * @param making with another mirror, which is then asked instead of the published addresses; the bundle itself is not
 * @returns what became of each, in the order of `files`
 * @throws when the folder cannot be made
 */
export async function syncMirror(folder: string, files: readonly Pin[], making: Making): Promise<Synced[]> {
  makeFolder(folder);
  removeLeftovers(folder);
  const mirror = making.mirror !== undefined && isSame(making.mirror, folder) ? undefined : making.mirror;
  const results = new Map<Pin, Synced>();
  const waiting = [...files];
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      results.set(file, await synced(file, folder, { ...making, mirror }));
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  const outcomes = files.map((file) => results.get(file)!);
  const right = files.filter((_, index) => outcomes[index]?.outcome !== "missing");
  writeChecksums(folder, right);
  return outcomes;
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new Error(`${path} cannot be made: ${(error as Error).message}; name a folder that can be written to`);
  }
}

async function synced(published: Pin, folder: string, making: Making): Promise<Synced> {
  const file = placeInMirror(published);
  const path = join(folder, file);
  const foreign = foreignContent(path, published);
  if (foreign === undefined && existsSync(path)) return { file, outcome: "kept", detail: "" };
  const step = making.progress.step(file);
  try {
    await put(published, path, { ...making, step });
    step.done();
    const from = `from ${making.mirror ?? new URL(published.url).host}`;
    return foreign === undefined
      ? { file, outcome: "copied", detail: from }
      : { file, outcome: "replaced", detail: `${from}; ${foreign}` };
  } catch (error) {
    step.fail("missing");
    const reason = `${error instanceof Error ? error.message : String(error)}; it is published as ${published.url}`;
    return { file, outcome: "missing", detail: foreign === undefined ? reason : `${foreign}, and ${reason}` };
  }
}

/** What is wrong with that which is under the name; `undefined` when it is right, or nothing is there. */
function foreignContent(path: string, { sha256: published }: Pin): string | undefined {
  try {
    const found = sha256(readFileSync(path));
    return found === published ? undefined : `what was there is not what was published (SHA-256 ${found})`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? undefined : `what is there cannot be read (${code})`;
  }
}

async function put(published: Pin, path: string, { mirror, ...options }: Making & DownloadOptions): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (mirror === undefined) await download(published, temporary, options);
    else await fromMirror(published, mirror, temporary, options);
    // Whoever serves the bundle may be another user.
    chmodSync(temporary, 0o644);
    toDisk(temporary);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function toDisk(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Removes what runs that were killed left. */
function removeLeftovers(folder: string): void {
  for (const file of [CHARTS, DOWNLOADS].flatMap((part) => filesBelow(join(folder, part), []))) {
    const pid = /\.(\d+)\.tmp(\.part)?$/.exec(file)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(file, { force: true });
  }
}

function writeChecksums(folder: string, files: readonly Pin[]): void {
  const file = join(folder, CHECKSUMS);
  const text = files.map((published) => `${published.sha256}  ${placeInMirror(published)}\n`).join("");
  if (text !== (existsSync(file) ? readFileSync(file, "utf8") : "")) writeAtomically(file, text, 0o644);
}

const isSame = (mirror: string, folder: string): boolean =>
  !isUrl(mirror) && existsSync(mirror) && realpathSync(mirror) === realpathSync(folder);
