import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../process";
import type { Jobs } from "./jobs";

/** How a job ended, and how long its process lived. */
export interface JobRun<T> {
  result: T;
  /** From the start of the process to its end. */
  seconds: number;
  /** Processor time of it and all that it started: what stays the same when others use the machine too. */
  processorSeconds: number;
}

/** Runs a command and writes down the processor time of its process and theirs. */
const ACCOUNTED = '"$@"; code=$?; times >"$0"; exit $code';

/** Seconds after which a job counts as hung. */
const DEADLINE_SECONDS = 600;

/**
 * Runs a job in a process of its own.
 *
 * @throws with the last lines that it said when it fails.
 */
export async function runJob<K extends keyof Jobs>(
  clone: string,
  job: K,
  args?: Parameters<Jobs[K]>[0],
  env: Record<string, string> = {},
): Promise<JobRun<Awaited<ReturnType<Jobs[K]>>>> {
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-bench-"));
  try {
    const file = join(folder, "result.json");
    const child = join(clone, "infra", "bench", "run-job.cjs");
    const times = join(folder, "times");
    const command = [process.execPath, child, job, file];
    const seconds = await wallSeconds("sh", ["-c", ACCOUNTED, times, ...command], env, JSON.stringify(args ?? null));
    const processorSeconds = childTimes(readFileSync(times, "utf8"));
    return { result: JSON.parse(readFileSync(file, "utf8")), seconds, processorSeconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Processor seconds of a shell's children, from what its `times` prints: user and system on the second line. */
export function childTimes(text: string): number {
  const parts = [...(text.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
  return parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** Seconds that a command takes from start to end. */
export async function wallSeconds(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  input = "",
): Promise<number> {
  const begun = performance.now();
  await run(command, args, { env, input, deadlineMs: DEADLINE_SECONDS * 1000 });
  return (performance.now() - begun) / 1000;
}

/** Runs one of our own commands as `npm run` does. */
export const runCommand = (clone: string, args: readonly string[], env: Record<string, string> = {}): Promise<number> =>
  wallSeconds(process.execPath, [join(clone, "infra", "bin", "ofwasm.cjs"), ...args], env);
