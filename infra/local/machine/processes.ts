import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process for sure: its number and when it began, since numbers are used again. */
export interface ProcessRef {
  pid: number;
  /** Clock ticks after the host's boot. */
  startTime: string;
}

function procFile(pid: number | "self", file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

/** Start time of a live process; `undefined` for a dead one, a zombie included. */
export function startTime(pid: number): string | undefined {
  // The second field is the command in brackets, which may hold anything; count behind it.
  const fields = procFile(pid, "stat")
    ?.replace(/^.*\) /s, "")
    .split(" ");
  return fields === undefined || fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

export const isAlive = (ref: ProcessRef): boolean => startTime(ref.pid) === ref.startTime;

/** Process numbers from this namespace's inwards. */
function namespacedIds(pid: number | "self"): string[] {
  return /^NSpid:\s+(.*)$/m.exec(procFile(pid, "status") ?? "")?.[1]?.split(/\s+/) ?? [];
}

/** The process that is number 1 one process namespace further in: a machine's init, not its pods'. */
export function findInit(pids: readonly number[]): number | undefined {
  const depth = namespacedIds("self").length + 1;
  return pids.find((pid) => {
    const ids = namespacedIds(pid);
    return ids.length === depth && ids.at(-1) === "1" && startTime(pid) !== undefined;
  });
}

/** Sends a signal; a process that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals | number): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Polls until `condition` holds; false when the time is over first. */
export async function until(condition: () => boolean, deadlineMs: number, everyMs = 20): Promise<boolean> {
  const end = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > end) return false;
    await sleep(everyMs);
  }
  return true;
}

/** TCP port on which something listens in the network namespace of a process. */
export function listens(pid: number, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["net/tcp", "net/tcp6"].some((file) =>
    procFile(pid, file)
      ?.split("\n")
      .some((line) => {
        const [, local, , state] = line.trim().split(/\s+/);
        return state === "0A" && local?.endsWith(suffix);
      }),
  );
}
