import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../atomic";
import { fetchChart } from "../charts/archive";
import { publishedCharts } from "../charts/layers";
import type { Pin } from "../pins";
import { isAlive } from "../process";
import { isUrl, placeInMirror } from "../toolchain/mirror";
import { sha256 } from "../toolchain/payload/contents";

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

export interface SyncOptions {
  /** Folder or URL that is asked instead of the published addresses. One that is the bundle itself is not. */
  mirror?: string;
  /** Default: every chart that a layer is rendered from. */
  charts?: readonly Pin[];
}

/**
 * Makes the folder hold every chart, each checked against its published sum, as the setting `mirror` reads them.
 *
 * A file appears under its name when all of it is there, checked and on the disk. What cannot be had is told with all
 * the rest, and what is under its name stays as it is.
 *
 * @throws when the folder cannot be made
 */
export async function syncMirror(folder: string, options: SyncOptions = {}): Promise<Synced[]> {
  const { charts = publishedCharts } = options;
  makeFolder(join(folder, "charts"));
  const mirror = options.mirror !== undefined && isSame(options.mirror, folder) ? undefined : options.mirror;
  removeLeftovers(join(folder, "charts"));
  const results = await Promise.all(charts.map((chart) => synced(chart, folder, mirror)));
  const right = charts.filter((_, index) => results[index]?.outcome !== "missing");
  writeChecksums(folder, right);
  return results;
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new Error(`${path} cannot be made: ${(error as Error).message}; name a folder that can be written to`);
  }
}

async function synced(chart: Pin, folder: string, mirror?: string): Promise<Synced> {
  const file = placeInMirror(chart);
  const path = join(folder, file);
  const foreign = foreignContent(path, chart);
  if (foreign === undefined && existsSync(path)) return { file, outcome: "kept", detail: "" };
  try {
    await put(chart, path, mirror);
    const from = `from ${mirror ?? new URL(chart.url).host}`;
    return foreign === undefined
      ? { file, outcome: "copied", detail: from }
      : { file, outcome: "replaced", detail: `${from}; ${foreign}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
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

async function put(chart: Pin, path: string, mirror?: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await fetchChart(chart, temporary, mirror);
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
  for (const name of readdirSync(folder)) {
    const pid = /\.tgz\.(\d+)\.tmp(\.part)?$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function writeChecksums(folder: string, charts: readonly Pin[]): void {
  const file = join(folder, CHECKSUMS);
  const text = charts.map((chart) => `${chart.sha256}  ${placeInMirror(chart)}\n`).join("");
  if (text !== (existsSync(file) ? readFileSync(file, "utf8") : "")) writeAtomically(file, text, 0o644);
}

const isSame = (mirror: string, folder: string): boolean =>
  !isUrl(mirror) && existsSync(mirror) && realpathSync(mirror) === realpathSync(folder);
