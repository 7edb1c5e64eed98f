import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { writeAtomically } from "../atomic";

/** Where a stack's state is, and where whole versions of it can be found when it is torn. */
export interface CheckpointFiles {
  /** What the engine's file backend reads and writes. */
  checkpoint: string;
  /** The backend's own copy of the version before. */
  backup: string;
  /** The last whole version that `keepWhole` saw. */
  kept: string;
}

/** What this program reads of a checkpoint. */
export interface Checkpoint {
  checkpoint: {
    latest?: {
      manifest?: { time: string };
      pending_operations?: unknown[];
      resources?: { urn: string }[];
      secrets_providers?: { type: string; state?: { salt?: string } };
    };
  };
}

/** A stack's state of which no whole version is left. */
export class TornStateError extends Error {
  constructor({ checkpoint, kept, backup }: CheckpointFiles) {
    super(
      `the stack's state ${checkpoint} is cut off, and neither ${kept} nor ${backup} is whole: put a copy of your own in its place, or delete all three if nothing of the stack is left`,
    );
    this.name = "TornStateError";
  }
}

/**
 * A version of the state, unless it is absent or torn.
 *
 * On a full disk the file backend puts the part of a new version that it could write in the place of the old one.
 */
function whole(file: string): Checkpoint | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

const time = ({ checkpoint }: Checkpoint): number => Date.parse(checkpoint.latest?.manifest?.time ?? "") || 0;

/**
 * The stack's state; the last whole version when it is torn, `undefined` when there is none yet.
 *
 * @throws TornStateError when no whole version is left
 */
export function readCheckpoint(files: CheckpointFiles): Checkpoint | undefined {
  if (!existsSync(files.checkpoint)) return undefined;
  const state = whole(files.checkpoint);
  if (state !== undefined) return state;
  const copies = [whole(files.kept), whole(files.backup)].filter((copy) => copy !== undefined);
  const [newest] = copies.sort((one, other) => time(other) - time(one));
  if (newest === undefined) throw new TornStateError(files);
  return newest;
}

export const isTorn = ({ checkpoint }: CheckpointFiles): boolean =>
  existsSync(checkpoint) && whole(checkpoint) === undefined;

/**
 * Puts the last whole version in the place of a torn one; to be called by the run that holds the stack's lock.
 *
 * @returns whether that was necessary
 * @throws TornStateError when no whole version is left
 */
export function mendCheckpoint(files: CheckpointFiles): boolean {
  if (!isTorn(files)) return false;
  writeAtomically(files.checkpoint, JSON.stringify(readCheckpoint(files)));
  return true;
}

/** Often enough to lose a few steps at most, and rarely enough to cost nothing with a state of megabytes. */
const KEEP_EVERY_MS = 500;

/**
 * Keeps the last whole version of the state while the engine works.
 *
 * By a second link to the same file, which takes no room on a disk that has none left: the backend never writes into
 * a version, it makes another file and renames it.
 *
 * @returns ends it
 */
export function keepWhole(files: CheckpointFiles): () => void {
  mkdirSync(dirname(files.kept), { recursive: true, mode: 0o700 });
  const link = `${files.kept}.${process.pid}.tmp`;
  let seen = 0;
  const keep = (): void => {
    try {
      const { mtimeMs } = statSync(files.checkpoint);
      if (mtimeMs === seen) return;
      seen = mtimeMs;
      linkSync(files.checkpoint, link);
      // Looked at through the link: the checkpoint itself may be another version by now.
      if (whole(link) !== undefined) renameSync(link, files.kept);
    } catch {
      // Not yet there, or no links in this file system. The version kept before stays, and the backend's own copy.
    } finally {
      // A rename onto another link of the same file leaves both.
      rmSync(link, { force: true });
    }
  };
  const timer = setInterval(keep, KEEP_EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    keep();
  };
}
