import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
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

export interface ProduceContext {
  /** File for the output of long commands; kept when the step fails. */
  log: string;
  step: Step;
  progress: Progress;
  signal?: AbortSignal;
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
 * lock: an interrupted run leaves only a `.partial` folder, which the next run removes, and two runs at once
 * make it once.
 */
export async function ensure(artifact: Artifact, progress: Progress, signal?: AbortSignal): Promise<Stored> {
  const path = artifactPath(artifact);
  const found = await stored(path);
  if (found) return { path, source: found.source, fresh: false };
  const step = progress.step(artifact.title);
  try {
    return await withLock(
      `${path}.lock`,
      async () => {
        const meanwhile = await stored(path);
        if (meanwhile) {
          step.done("made by another run");
          return { path, source: meanwhile.source, fresh: false };
        }
        const note = await produceInto(path, artifact, { step, progress, signal, log: logFile(artifact) });
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
  const partial = `${path}.partial`;
  rmSync(partial, { recursive: true, force: true });
  rmSync(path, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const note = await artifact.produce(partial, context);
  writeFileSync(join(partial, STAMP), JSON.stringify({ title: artifact.title, ...note }));
  renameSync(partial, path);
  return note;
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

/** Hash of files' contents, for artifacts whose recipe or source lies in files. */
export async function hashFiles(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of [...files].sort()) hash.update(await readFile(file));
  return hash.digest("hex");
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
