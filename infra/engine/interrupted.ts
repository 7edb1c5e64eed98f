import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { writeAtomically } from "../atomic";
import { isAlive } from "../process";
import { readCheckpoint } from "./checkpoint";
import type { StackFiles } from "./stack-files";

/** What the file backend writes into a lock file. */
interface LockContent {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

/** A run that still works on the stack. */
export class StackBusyError extends Error {
  constructor(stack: string, holder: string) {
    super(`stack ${stack} is being changed by ${holder}; wait for that run to end, or stop it, then run this again`);
    this.name = "StackBusyError";
  }
}

function isEngine(pid: number): boolean {
  // Elsewhere nothing tells what a process is, and taking a live engine for a dead one would cost the state.
  if (process.platform !== "linux") return true;
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "pulumi";
  } catch {
    return false;
  }
}

/** `gone` when its run ended in this moment, `torn` after a power cut: no engine outlives that. */
function lockContent(file: string): LockContent | "gone" | "torn" {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as LockContent;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone";
    if (error instanceof SyntaxError) return "torn";
    throw error;
  }
}

/** How long the engine of a killed command may take to finish what it had begun. */
const ORPHAN_DEADLINE_MS = 60_000;
const POLL_MS = 100;

/** Waits for the engine that a lock file names. */
async function waitForEngine(
  stack: string,
  file: string,
  { pid, username, hostname: host }: LockContent,
): Promise<void> {
  if (host !== hostname()) throw new StackBusyError(stack, `${username} on ${host}, as ${file} says`);
  const deadline = Date.now() + ORPHAN_DEADLINE_MS;
  while (existsSync(file) && isAlive(pid) && isEngine(pid)) {
    if (Date.now() > deadline) throw new StackBusyError(stack, `process ${pid} of ${username}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * Removes the lock files of runs that no longer exist, and waits for an engine that outlived its command.
 *
 * To be called while holding the stack's own kernel lock: whoever holds that is the only live command here.
 *
 * @throws StackBusyError when a live engine does not end in time
 */
export async function clearDeadLocks(stack: string, files: StackFiles): Promise<number> {
  if (!existsSync(files.locks)) return 0;
  let cleared = 0;
  for (const name of readdirSync(files.locks).filter((file) => file.endsWith(".json"))) {
    const file = join(files.locks, name);
    const content = lockContent(file);
    if (content === "gone") continue;
    if (content !== "torn") await waitForEngine(stack, file, content);
    if (existsSync(file)) {
      rmSync(file, { force: true });
      cleared += 1;
    }
  }
  // On a full disk the backend leaves the beginning of a lock, and takes it for a broken one ever after.
  for (const name of readdirSync(files.locks).filter((file) => file.endsWith(".tmp"))) {
    rmSync(join(files.locks, name), { force: true });
    cleared += 1;
  }
  return cleared;
}

/**
 * Drops the record of operations that a killed run had begun, and returns how many there were.
 *
 * Every resource of this program can be created again over what a killed run left (the scripts converge,
 * Kubernetes objects are adopted by their marker), so the record would only stop the next run.
 */
export function dropPendingOperations(files: StackFiles): number {
  const content = readCheckpoint(files);
  const pending = content?.checkpoint.latest?.pending_operations ?? [];
  if (pending.length === 0) return 0;
  delete content?.checkpoint.latest?.pending_operations;
  writeAtomically(files.checkpoint, JSON.stringify(content));
  return pending.length;
}
