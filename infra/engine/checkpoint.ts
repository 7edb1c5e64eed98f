import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname } from "node:path";

/** Where a stack's state is, and where whole versions of it can be found when it is torn. */
export interface CheckpointFiles {
  /** What the engine's file backend reads and writes. */
  checkpoint: string;
  /** The backend's own copy of the version before. */
  backup: string;
  /** The last whole version that `keepWhole` saw. */
  kept: string;
  /** Where a torn version goes when another takes its place. */
  torn: string;
}

/** A version on its way to that name; a kill leaves it. */
export const unfinished = (file: string): string => `${file}.new`;

/** What this program reads of a checkpoint. */
export interface Checkpoint {
  checkpoint: {
    latest?: {
      manifest?: { time: string };
      pending_operations?: unknown[];
      resources?: {
        urn: string;
        protect?: boolean;
        inputs?: Readonly<Record<string, unknown>>;
        outputs?: Readonly<Record<string, unknown>>;
      }[];
      secrets_providers?: { type: string; state?: { salt?: string; url?: string; encryptedkey?: string } };
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

interface Version {
  file: string;
  content: Checkpoint;
  /** When the engine wrote it, milliseconds since 1970; 0 for a stack in which nothing was made yet. */
  time: number;
}

/** The newest whole version, which is not always the backend's: a save after a torn one copies the torn one over it. */
function newestCopy(files: CheckpointFiles): Version {
  const copies = [files.kept, files.backup].flatMap((file): Version[] => {
    const content = whole(file);
    return content === undefined
      ? []
      : [{ file, content, time: Date.parse(content.checkpoint.latest?.manifest?.time ?? "") || 0 }];
  });
  const [newest] = copies.sort((one, other) => other.time - one.time);
  if (newest === undefined) throw new TornStateError(files);
  return newest;
}

/**
 * The stack's state; the last whole version when it is torn, `undefined` when there is none yet.
 *
 * @throws TornStateError when no whole version is left
 */
export function readCheckpoint(files: CheckpointFiles): Checkpoint | undefined {
  if (!existsSync(files.checkpoint)) return undefined;
  return whole(files.checkpoint) ?? newestCopy(files).content;
}

export const isTorn = ({ checkpoint }: CheckpointFiles): boolean =>
  existsSync(checkpoint) && whole(checkpoint) === undefined;

/**
 * Puts the last whole version in the place of a torn one; to be called when nothing works on the stack.
 *
 * @returns what was done, for people; `undefined` when the state is whole
 * @throws TornStateError when no whole version is left
 */
export function mendCheckpoint(files: CheckpointFiles): string | undefined {
  if (!isTorn(files)) return undefined;
  const { file, time } = newestCopy(files);
  const next = unfinished(files.checkpoint);
  mkdirSync(dirname(files.torn), { recursive: true, mode: 0o700 });
  linkOrCopy(files.checkpoint, files.torn);
  linkOrCopy(file, next);
  renameSync(next, files.checkpoint);
  return (
    `its state was cut off, as a full disk does: the ${time === 0 ? "empty version" : `version of ${new Date(time).toISOString()}`} is used, ` +
    `what was made after it may not be in it; the torn one is ${files.torn}`
  );
}

/** The same content under another name: a link takes no room on a disk that has none left. */
function linkOrCopy(file: string, name: string): void {
  rmSync(name, { force: true });
  try {
    linkSync(file, name);
  } catch {
    copyFileSync(file, name);
  }
}

/** Often enough to lose few steps, and rarely enough for a state of megabytes, which is read each time. */
const KEEP_EVERY_MS = 500;

/**
 * Keeps the last whole version of the state while the engine works, where that can be done.
 *
 * By a second link to the same file, which takes no room for another copy: the backend never writes into a version, it
 * makes another file and renames it.
 *
 * @returns ends it
 */
export function keepWhole(files: CheckpointFiles): () => void {
  let seen: Pick<Stats, "ino" | "mtimeMs"> | undefined;
  const keep = (): void => {
    const link = unfinished(files.kept);
    try {
      const { ino, mtimeMs } = statSync(files.checkpoint);
      if (seen?.ino === ino && seen.mtimeMs === mtimeMs) return;
      mkdirSync(dirname(files.kept), { recursive: true, mode: 0o700 });
      rmSync(link, { force: true });
      linkSync(files.checkpoint, link);
      // Looked at through the link: the checkpoint itself may be another version by now.
      if (whole(link) !== undefined) renameSync(link, files.kept);
      // A rename onto another link of the same file leaves both.
      rmSync(link, { force: true });
      seen = { ino, mtimeMs };
    } catch {
      // No state yet, no links in this file system, a folder of another user: the backend's own copy is left.
    }
  };
  keep();
  const timer = setInterval(keep, KEEP_EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    keep();
  };
}
