import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseCidr } from "../../../components/node-pool/network";
import type { MachineReport, MachineSpec } from "../../../components/node-pool/spec";
import { awaitMachine, haltMachine, isRunning, machineInit, startMachine } from "./boot";
import { ensureBridge, removeBridge } from "./bridge";
import { limitCgroups } from "./cgroup";
import { makeDisk, removeFolder } from "./disk";
import { bridgeName, hostName, type MachineId, machineFolder, machinesRoot, stackDir } from "./layout";
import { claimNetwork } from "./networks";
import { keyBody } from "./probe";
import { isAlive, signal, until } from "./processes";
import {
  listMachines,
  listStacks,
  type MachineState,
  type RecordedSpec,
  readState,
  withFolder,
  writeState,
} from "./state";

const NETWORK_SCRIPT = join(__dirname, "machine-network.sh");

/** How long a machine gets to shut down in order before it is cut off. */
const GRACE_MS = 10_000;

export type MachineStatus = "running" | "stopped" | "incomplete";

export interface MachineSummary {
  stack: string;
  name: string;
  address: string;
  status: MachineStatus;
  pid?: number;
}

/** Tells the user something while `create` works; its result goes elsewhere. */
export type Notify = (line: string) => void;

/**
 * Makes a machine, or brings an existing one to the same end: it runs and answers SSH with its host key.
 *
 * Running: returns at once. Stopped or half-dead: boots its disk. Left over by a run that used another address or
 * other keys, or not complete: replaced. The image counts at birth only.
 *
 * @param anew whatever machine of the name is there is replaced
 */
export async function createMachine(spec: MachineSpec, notify: Notify, anew = false): Promise<MachineReport> {
  const id: MachineId = { stack: spec.stack, name: spec.name };
  return withFolder(machineFolder(id).dir, async () => {
    let state = await usable(id, spec, notify, anew);
    if (!state) state = await bear(id, spec);
    if (!isRunning(state)) {
      await prepareNetwork(state.spec);
      await haltMachine(state);
      requireImage(state.spec);
      state = startMachine(id, state);
    }
    await awaitMachine(id, state);
    return report(state);
  });
}

/** The machine that is there, if it is the wanted one; clears away one that is not. */
async function usable(
  id: MachineId,
  spec: MachineSpec,
  notify: Notify,
  anew: boolean,
): Promise<MachineState | undefined> {
  const found = readState(id);
  if (!found) return undefined;
  const differs = found.born ? identityChanges(found.spec, spec) : ["its disk is not complete"];
  if (anew || differs.length > 0) {
    notify(`${id.name}: replacing the machine that is there (${differs.join(", ") || "a new one is wanted"})`);
    await haltMachine(found);
    await clearFolder(id);
    return undefined;
  }
  if (found.spec.image !== spec.image) notify(`${id.name}: keeps the image it was born from, ${found.spec.image}`);
  const limits = { memoryMiB: spec.memoryMiB, cpus: spec.cpus };
  if (found.spec.memoryMiB === limits.memoryMiB && found.spec.cpus === limits.cpus) return found;
  const changed: MachineState = { ...found, spec: { ...found.spec, ...limits } };
  writeState(id, changed);
  if (isRunning(changed)) limitCgroups(changed.cgroups, limits);
  return changed;
}

/** What makes a machine another machine, as far as it differs. */
export function identityChanges(recorded: RecordedSpec, wanted: MachineSpec): string[] {
  const pairs: [string, string, string][] = [
    ["address", recorded.address, wanted.address],
    ["network", recorded.network, wanted.network],
    ["gateway", recorded.gateway, wanted.gateway],
    ["host key", keyBody(recorded.hostKey), keyBody(wanted.hostKey.publicKey)],
    ["authorized key", keyBody(recorded.authorizedKey), keyBody(wanted.authorizedKey)],
  ];
  return pairs.filter(([, before, now]) => before !== now).map(([what]) => `another ${what}`);
}

/** Makes the disk of a new machine. */
async function bear(id: MachineId, spec: MachineSpec): Promise<MachineState> {
  requireImage(spec);
  await clearFolder(id);
  const { hostKey, ...rest } = spec;
  const recorded: RecordedSpec = { ...rest, hostKey: hostKey.publicKey };
  const state: MachineState = {
    spec: recorded,
    born: false,
    birth: randomBytes(8).toString("hex"),
    host: hostName(id),
    cgroups: [],
  };
  writeState(id, state);
  await makeDisk(machineFolder(id), spec, readFileSync(NETWORK_SCRIPT, "utf8"));
  const born = { ...state, born: true };
  writeState(id, born);
  return born;
}

function requireImage(spec: Pick<MachineSpec, "image" | "name">): void {
  const root = join(spec.image, "root");
  if (!existsSync(join(root, "usr")))
    throw new Error(
      `machine ${spec.name}: its image ${root} is not there (was the cache deleted?); run down, then up, to make both again`,
    );
}

async function prepareNetwork(spec: RecordedSpec): Promise<void> {
  await withFolder(stackDir(spec.stack), async () => {
    await claimNetwork(spec.stack, spec.network);
    await ensureBridge(bridgeName(spec.stack), spec.gateway, parseCidr(spec.network).prefixLength);
  });
}

/** Empties a machine's folder but for its state, which goes last; the folder itself is locked and stays. */
async function clearFolder(id: MachineId): Promise<void> {
  const folder = machineFolder(id);
  await removeFolder(folder.upper, folder.work, folder.root, folder.containerd, folder.kubelet, folder.console);
  rmSync(folder.state, { force: true });
}

/**
 * Removes a machine and everything it had; with the stack's last one goes the bridge. Nothing there is fine.
 *
 * There is no orderly shutdown: the disk goes too, and pods that ignore SIGTERM would hold it up.
 *
 * @param birth only the machine of this birth; one that has taken its place stays. Default: whichever is there
 */
export async function deleteMachine(id: MachineId, birth?: string): Promise<void> {
  const { dir } = machineFolder(id);
  if (existsSync(dir))
    await withFolder(dir, async () => {
      const state = readState(id);
      if (birth !== undefined && state !== undefined && state.birth !== birth) return;
      if (state) await haltMachine(state);
      await clearFolder(id);
      await removeFolder(dir);
    });
  await leaveStack(id.stack);
}

/** Removes every machine of a stack, also those that no run remembers. */
export async function deleteStack(stack: string): Promise<void> {
  await Promise.all(listMachines(stack).map((id) => deleteMachine(id)));
  await leaveStack(stack);
}

/** Removes what the machines of a stack share once there are none. */
async function leaveStack(stack: string): Promise<void> {
  if (listMachines(stack).length === 0)
    await withFolder(stackDir(stack), async () => {
      if (listMachines(stack).length > 0) return;
      await removeBridge(bridgeName(stack));
      removeFiles(stackDir(stack));
      removeEmpty(stackDir(stack));
    });
  removeEmpty(machinesRoot());
}

/** Its network, and what a run that was killed while it wrote that has left. */
function removeFiles(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true }))
    if (!entry.isDirectory()) rmSync(join(dir, entry.name), { force: true });
}

function removeEmpty(dir: string): void {
  try {
    rmdirSync(dir);
  } catch (error) {
    // A machine made meanwhile keeps it; another run removed it already.
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

async function withMachine<T>(id: MachineId, body: (state: MachineState) => Promise<T>): Promise<T> {
  const missing = new Error(`there is no machine ${id.name} in stack ${id.stack}; \`ofwasm-machine list\` shows all`);
  if (!existsSync(machineFolder(id).dir)) throw missing;
  return withFolder(machineFolder(id).dir, async () => {
    const state = readState(id);
    if (!state?.born) throw missing;
    return body(state);
  });
}

/** Boots a machine that was stopped or killed; a running one is fine. */
export const bootMachine = (id: MachineId): Promise<MachineReport> =>
  withMachine(id, async (state) => {
    let started = state;
    if (!isRunning(state)) {
      requireImage(state.spec);
      await prepareNetwork(state.spec);
      await haltMachine(state);
      started = startMachine(id, state);
    }
    await awaitMachine(id, started);
    return report(started);
  });

/** Boots all machines of a stack that are off, as after a restart of this host; gives their names. */
export async function bootStack(stack: string): Promise<string[]> {
  const off = listAll(stack).filter(({ status }) => status === "stopped");
  await Promise.all(off.map(bootMachine));
  return off.map(({ name }) => name);
}

/** Pulls the plug: no shutdown, no sync. The disk keeps what was written to it. */
export const killMachine = (id: MachineId): Promise<void> => withMachine(id, haltMachine);

/** Shuts a machine down in order, for ten seconds at most; its disk stays. */
export const stopMachine = (id: MachineId): Promise<void> =>
  withMachine(id, async (state) => {
    const init = machineInit(state);
    const { supervisor } = state;
    if (init !== undefined && supervisor && isAlive(supervisor)) {
      // The supervisor passes SIGTERM on as the signal that powers its machine off.
      signal(supervisor.pid, "SIGTERM");
      await until(() => !isAlive(supervisor), GRACE_MS);
    }
    await haltMachine(state);
  });

function report(state: MachineState): MachineReport {
  const { name, address, hostKey, image } = state.spec;
  return { name, address, hostKey, pid: state.supervisor?.pid ?? 0, image, birth: state.birth };
}

/** One machine; `undefined` when there is none of that name. */
export function machineStatus(id: MachineId): MachineSummary | undefined {
  const state = readState(id);
  if (!state) return existsSync(machineFolder(id).dir) ? { ...id, address: "", status: "incomplete" } : undefined;
  const status = !state.born ? "incomplete" : isRunning(state) ? "running" : "stopped";
  return {
    ...id,
    address: state.spec.address,
    status,
    ...(status === "running" ? { pid: state.supervisor?.pid } : {}),
  };
}

/** All machines of one stack, or of every stack. */
export const listAll = (stack?: string): MachineSummary[] =>
  (stack === undefined ? listStacks() : [stack]).flatMap(listMachines).flatMap((id) => machineStatus(id) ?? []);
