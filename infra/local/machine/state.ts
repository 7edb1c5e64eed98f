import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { MachineSpec } from "../../../components/node-pool/spec";
import { writeAtomically } from "../../atomic";
import { withLock } from "../../toolchain/lock";
import { type MachineId, machineFolder, machinesRoot, stackDir } from "./layout";
import type { ProcessRef } from "./processes";

/** What of a specification is kept: everything but the private key, which lies on the machine's own disk. */
export type RecordedSpec = Omit<MachineSpec, "hostKey"> & { hostKey: string };

export interface MachineState {
  spec: RecordedSpec;
  /** False until the disk is complete; such a disk is thrown away and made again. */
  born: boolean;
  /** Random; tells the machine from others that had or will have its name. */
  birth: string;
  /** Name towards the host, and the cgroups it has there; recorded before they are made. */
  host: string;
  cgroups: string[];
  /** The process outside that holds the machine; absent before the first boot. */
  supervisor?: ProcessRef;
}

export function readJson<T>(file: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`${file} is not JSON: it was changed by hand; restore it, or remove its folder and run this again`);
  }
}

export const readState = (id: MachineId): MachineState | undefined => readJson<MachineState>(machineFolder(id).state);

export const writeState = (id: MachineId, state: MachineState): void =>
  writeAtomically(machineFolder(id).state, JSON.stringify(state, undefined, 2));

const folders = (dir: string): string[] => {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
};

export const listStacks = (): string[] => folders(machinesRoot());

/** Machines of a stack, half-made ones included. */
export const listMachines = (stack: string): MachineId[] => folders(stackDir(stack)).map((name) => ({ stack, name }));

/** Seconds to wait for another run that works on the same folder; a boot takes a few. */
const LOCK_SECONDS = 120;

const inode = (dir: string): number | undefined => statSync(dir, { throwIfNoEntry: false })?.ino;

/**
 * Runs `body` alone on a folder, which is made when missing. The folder itself is what is locked, so no lock
 * file is left behind, and `body` may remove it: whoever waited for it then starts over with a new one.
 */
export async function withFolder<T>(dir: string, body: () => Promise<T>): Promise<T> {
  for (;;) {
    mkdirSync(dirname(machinesRoot()), { recursive: true });
    let before: number | undefined;
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      before = inode(dir);
    } catch (error) {
      // A parent was removed at the same time by a run that found it empty.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      throw error;
    }
    if (before === undefined) continue;
    const outcome = await withLock(
      // With the dot, flock cannot make a file of that name when the folder is removed just before it opens it.
      `${dir}/.`,
      async () => {
        if (inode(dir) !== before) return undefined;
        return body().then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
      },
      { waitSeconds: LOCK_SECONDS },
    ).catch((error: unknown) => {
      if (inode(dir) === before) throw error;
      return undefined;
    });
    if (outcome && "error" in outcome) throw outcome.error;
    if (outcome) return outcome.value;
  }
}

/** Networks of all stacks of this state folder. */
export function recordedNetworks(): { stack: string; network: string }[] {
  return listStacks().flatMap((stack) => {
    const found = readJson<{ network: string }>(join(stackDir(stack), "network.json"));
    return found ? [{ stack, network: found.network }] : [];
  });
}
