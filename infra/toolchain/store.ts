import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { artifactsDir, logsDir } from "../paths";
import { withLock } from "./lock";
import type { Progress, Step } from "./progress";

/** Something slow to make and cheap to keep: built once per key, then only looked up. */
export interface Artifact {
  /** Short name, the folder's prefix: `engine`, `kubernetes`, `machine-root`. */
  name: string;
  /** What progress and errors call it: `Pulumi engine 3.259.0`. */
  title: string;
  /** Everything that decides the content (versions, recipe files, sources); its hash names the folder. */
  inputs: readonly string[];
  /** Makes the content in `into`, an empty folder. May fail or be killed at any point. */
  produce(into: string, context: ProduceContext): Promise<ProduceNote>;
}

/** Where the content came from, in words for the user: `official download`, `built from the Go module proxy`. */
export interface ProduceNote {
  source: string;
}

/** How things are made in one run, the same for a thing and for what it is made of. */
export interface Making {
  progress: Progress;
  signal?: AbortSignal;
  /** Absolute folder, or URL, that is asked for published files before their addresses are. */
  mirror?: string;
}

export interface ProduceContext extends Making {
  /** File for the output of long commands; kept when the step fails. */
  log: string;
  step: Step;
}

export interface Stored {
  path: string;
  /** Where the content came from, as `produce` told it. */
  source: string;
  /** True when this call made it. */
  fresh: boolean;
}

/** Marks a finished folder and says where its content came from. */
const STAMP = ".ofwasm-artifact.json";

export function artifactKey(artifact: Pick<Artifact, "name" | "inputs">): string {
  return createHash("sha256")
    .update(JSON.stringify([artifact.name, ...artifact.inputs]))
    .digest("hex")
    .slice(0, 16);
}

export function artifactPath(artifact: Pick<Artifact, "name" | "inputs">): string {
  return join(artifactsDir(), `${artifact.name}-${artifactKey(artifact)}`);
}

/**
 * Gives the artifact's folder, making it first when it is not there.
 *
 * The content is made in a folder of its own beside the final one and renamed when complete, under a kernel
 * lock: an interrupted run leaves only a `.partial-…` folder, which the next run removes, and two runs at once
 * make it once.
 */
export async function ensure(artifact: Artifact, making: Making): Promise<Stored> {
  const path = artifactPath(artifact);
  const found = await stored(path);
  if (found) return { path, source: found.source, fresh: false };
  const step = making.progress.step(artifact.title);
  try {
    return await withLock(
      `${path}.lock`,
      async () => {
        const meanwhile = await stored(path);
        if (meanwhile) {
          step.done("made by another run");
          return { path, source: meanwhile.source, fresh: false };
        }
        const note = await produceInto(path, artifact, { ...making, step, log: logFile(artifact) });
        step.done(note.source);
        return { path, source: note.source, fresh: true };
      },
      { waiting: () => step.update("waiting for another run that makes it") },
    );
  } catch (error) {
    step.fail("failed");
    throw error;
  }
}

async function produceInto(path: string, artifact: Artifact, context: ProduceContext): Promise<ProduceNote> {
  removeLeftovers(path);
  // A name of its own: a command that outlived a killed run may still write into that run's folder.
  const partial = `${path}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const note = await artifact.produce(partial, context);
  writeFileSync(join(partial, STAMP), JSON.stringify({ title: artifact.title, ...note }));
  renameSync(partial, path);
  return note;
}

/** Removes what killed runs left of an artifact. */
function removeLeftovers(path: string): void {
  const prefix = `${basename(path)}.partial`;
  const leftovers = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix));
  for (const name of [basename(path), ...leftovers]) {
    const leftover = join(dirname(path), name);
    const [mount] = mountsBelow(leftover, readFileSync("/proc/self/mountinfo", "utf8"));
    // Removing across a mount would remove what is mounted there.
    if (mount) throw new Error(`${mount} is still mounted from a run that was killed; umount it, then run this again`);
    rmSync(leftover, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Mount points at or below a folder, from the text of a mountinfo file. */
export function mountsBelow(folder: string, mountinfo: string): string[] {
  return mountinfo
    .split("\n")
    .map((line) =>
      (line.split(" ")[4] ?? "").replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((mount) => mount === folder || mount.startsWith(`${folder}/`));
}

async function stored(path: string): Promise<ProduceNote | undefined> {
  try {
    return JSON.parse(await readFile(join(path, STAMP), "utf8")) as ProduceNote;
  } catch {
    return undefined;
  }
}

function logFile(artifact: Artifact): string {
  mkdirSync(logsDir(), { recursive: true });
  return join(logsDir(), `${artifact.name}-${artifactKey(artifact)}.log`);
}

/**
 * Gives several artifacts, making at most `parallel` of them at a time: a compiler uses all cores but at its end.
 *
 * When one fails the others that have begun are finished, so that the next run need not make them again.
 */
export async function ensureAll<K extends string>(
  artifacts: Readonly<Record<K, Artifact>>,
  making: Making,
  { parallel = 2 }: { parallel?: number } = {},
): Promise<Record<K, Stored>> {
  const made = {} as Record<K, Stored>;
  const waiting = Object.keys(artifacts) as K[];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined && failures.length === 0; name = waiting.shift()) {
      try {
        made[name] = await ensure(artifacts[name], making);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  if (failures.length > 0) throw failures[0];
  return made;
}

/** Every file below `dir`, relative order stable, without build output. */
export function filesBelow(dir: string, skip: readonly string[] = ["target", "node_modules"]): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) return skip.includes(entry.name) ? [] : filesBelow(join(dir, entry.name), skip);
      return [join(dir, entry.name)];
    });
}
