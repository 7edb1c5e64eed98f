import { mkdirSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { cacheRoot, stateRoot } from "../paths";
import { findOnPath } from "./installed";
import type { Progress } from "./progress";
import { ensureSystemPackages } from "./system-packages";

/** What a run needs of this host before it begins. */
export interface Requirements {
  /** What root is needed for, in words for the user: `machines on this host`. Default: not needed. */
  root?: string;
  /** Bytes that must be free where the cache is. Default: none. */
  cacheBytes?: number;
  /** Bytes that must be free where the state is. Default: none. */
  stateBytes?: number;
  /** Programs that must be on PATH, and the Debian package that has each. */
  programs?: Readonly<Record<string, string>>;
}

/** What this host has, as far as the requirements ask. */
export interface HostFacts {
  platform: NodeJS.Platform;
  root: boolean;
  /** True where apt-get installs packages. */
  apt: boolean;
  cache: FreeSpace;
  state: FreeSpace;
  /** Programs of the requirements that are not on PATH. */
  missing: readonly string[];
}

export interface FreeSpace {
  folder: string;
  bytes: number;
}

/** All that is in the way, at once. */
export class PreflightError extends Error {
  override readonly name = "PreflightError";
  constructor(readonly problems: readonly string[]) {
    super(["this host is not ready:", ...problems.map((problem) => `  - ${problem}`)].join("\n"));
  }
}

/** Free disk for the first run, with the toolchain and Kubernetes built from source: caches of Go included. */
export const COLD_CACHE_BYTES = 16e9;

/** Free disk for a run whose cache is warm. */
export const WARM_CACHE_BYTES = 1e9;

/** Disk of one more local machine: its copy of the image's containerd folder (0.6 GB) and what it writes. */
export const MACHINE_BYTES = 1e9;

/**
 * Checks the host before any work, and installs missing packages when it may.
 *
 * @throws PreflightError that names every problem with its numbers and what to do
 */
export async function preflight(requirements: Requirements, progress: Progress): Promise<void> {
  const facts = await hostFacts(requirements);
  const problems = preflightProblems(requirements, facts);
  if (problems.length > 0) throw new PreflightError(problems);
  const packages = packagesOf(requirements, facts.missing);
  if (packages.length > 0) await ensureSystemPackages(packages, progress);
}

/** What is in the way of a run; missing programs are not when they can be installed. */
export function preflightProblems(requirements: Requirements, facts: HostFacts): string[] {
  const problems: string[] = [];
  if (requirements.root !== undefined) {
    if (facts.platform !== "linux") problems.push(`${requirements.root} need Linux, this is ${facts.platform}`);
    else if (!facts.root) problems.push(`${requirements.root} need root: run this again with sudo`);
  }
  problems.push(...spaceProblems(requirements, facts));
  if (facts.missing.length > 0 && !(facts.apt && facts.root)) {
    const packages = packagesOf(requirements, facts.missing).join(" ");
    problems.push(
      `missing programs: ${facts.missing.join(", ")}; install ${
        facts.apt ? `them: sudo apt-get install ${packages}` : `what Debian calls ${packages}`
      }`,
    );
  }
  return problems;
}

function spaceProblems({ cacheBytes = 0, stateBytes = 0 }: Requirements, { cache, state }: HostFacts): string[] {
  const problem = ({ folder, bytes }: FreeSpace, needed: number, move: string): string[] =>
    bytes < needed
      ? [`${folder} has ${gigabytes(bytes)} free, ${gigabytes(needed)} are needed: free some, or set ${move}`]
      : [];
  return [...problem(cache, cacheBytes, "OFWASM_CACHE"), ...problem(state, stateBytes, "OFWASM_STATE")];
}

/** With less than this anything may fail: the state of a large stack is written whole at each step. */
const FULL_BYTES = 100e6;

/** Which disks of this host have no room left, one line each, for the end of a run that failed. */
export async function fullDisks(): Promise<string[]> {
  const state = await freeSpace(stateRoot());
  const cache = await freeSpace(cacheRoot());
  const shared = statSync(state.folder).dev === statSync(cache.folder).dev;
  return [...fullDisk(state, "OFWASM_STATE"), ...(shared ? [] : fullDisk(cache, "OFWASM_CACHE"))];
}

export const fullDisk = ({ folder, bytes }: FreeSpace, move: string): string[] =>
  bytes < FULL_BYTES
    ? [
        `the disk is nearly full, which may be why: ${folder} has ${Math.round(bytes / 1e6)} MB free; free some, or set ${move}, then run this again`,
      ]
    : [];

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

function packagesOf({ programs = {} }: Requirements, missing: readonly string[]): string[] {
  return [...new Set(missing.map((program) => programs[program] ?? program))].sort();
}

async function hostFacts({ programs = {} }: Requirements): Promise<HostFacts> {
  const missing: string[] = [];
  for (const program of Object.keys(programs)) if (!(await findOnPath(program))) missing.push(program);
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    apt: (await findOnPath("apt-get")) !== undefined,
    cache: await freeSpace(cacheRoot()),
    state: await freeSpace(stateRoot()),
    missing,
  };
}

async function freeSpace(folder: string): Promise<FreeSpace> {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  return { folder, bytes: bavail * bsize };
}
