import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isAlive } from "../process";
import { sha256 } from "../toolchain/payload/contents";
import type { Progress, Step } from "../toolchain/progress";

/** A file that a bundle shall have. */
export interface BundleFile {
  /** Below the bundle. */
  file: string;
  /** In hex. */
  sha256: string;
  /** Where it comes from, for people. */
  from: string;
  /** Said with the reason when it cannot be had. */
  hint?: string;
  /** Writes the content, checked, to a file that becomes this one. */
  write(temporary: string, step: Step): Promise<void>;
}

/** What became of one file of the bundle. */
export interface Synced {
  /** Below the bundle. */
  file: string;
  /** Absent for what is missing without ever having had one. */
  sha256?: string;
  /** `kept`: it was there and right. `replaced`: something else was under its name. */
  outcome: "kept" | "copied" | "replaced" | "missing";
  /** Where it came from, and what had been there; for a missing one why it could not be had. */
  detail: string;
  /** Files beside it that belong to it and are as they should be, below the bundle. */
  parts?: readonly { file: string; sha256: string }[];
}

/**
 * Makes the bundle have the file: it appears under its name when all of it is there, checked and on the disk. When it
 * cannot be had, what is under its name stays as it is.
 */
export async function syncFile(wanted: BundleFile, folder: string, progress: Progress): Promise<Synced> {
  const { file, sha256, from, hint } = wanted;
  const path = join(folder, file);
  const foreign = foreignContent(path, sha256);
  if (foreign === undefined && existsSync(path)) return { file, sha256, outcome: "kept", detail: "" };
  const step = progress.step(file);
  try {
    await put(path, (temporary) => wanted.write(temporary, step));
    step.done();
    return foreign === undefined
      ? { file, sha256, outcome: "copied", detail: `from ${from}` }
      : { file, sha256, outcome: "replaced", detail: `from ${from}; ${foreign}` };
  } catch (error) {
    step.fail("missing");
    const message = error instanceof Error ? error.message : String(error);
    const reason = hint === undefined ? message : `${message}; ${hint}`;
    return { file, sha256, outcome: "missing", detail: foreign === undefined ? reason : `${foreign}, and ${reason}` };
  }
}

/** What is wrong with that which is under the name; `undefined` when it is right, or nothing is there. */
function foreignContent(path: string, expected: string): string | undefined {
  try {
    const found = sha256(readFileSync(path));
    return found === expected ? undefined : `what was there is not what was published (SHA-256 ${found})`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? undefined : `what is there cannot be read (${code})`;
  }
}

async function put(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    await write(temporary);
    // Whoever serves the bundle may be another user.
    chmodSync(temporary, 0o644);
    toDisk(temporary);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Returns when a file, or the names in a folder, are on the disk. */
export function toDisk(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Removes the files and folders that runs which were killed left below a folder. */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const pid = /\.(\d+)\.tmp(\.part)?$/.exec(entry.name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(path, { recursive: true, force: true });
    else if (pid === undefined && entry.isDirectory()) removeLeftovers(path);
  }
}
