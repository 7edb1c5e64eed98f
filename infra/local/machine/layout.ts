import { createHash } from "node:crypto";
import { join } from "node:path";
import { stateRoot } from "../../paths";

/** Which machine: names are unique within a stack, stacks within a state folder. */
export interface MachineId {
  stack: string;
  name: string;
}

/** Hash that tells a thing from its namesakes under other state folders of this host. */
function scoped(...parts: string[]): string {
  return createHash("sha256")
    .update([stateRoot(), ...parts].join("\0"))
    .digest("hex");
}

/** What a stack's choice of network starts from. */
export const networkSeed = (stack: string): string => scoped(stack);

/** The stack's bridge; Linux allows 15 characters. */
export const bridgeName = (stack: string): string => `ofw${scoped(stack).slice(0, 10)}`;

/**
 * The machine's name towards the host: of its cgroups and of its supervisor. Twelve characters, so that its
 * network link, named `vb-` and this, is not shortened.
 */
export const hostName = (id: MachineId): string => `ofw-${scoped(id.stack, id.name).slice(0, 8)}`;

/** Parent of every stack's machines. */
export const machinesRoot = (): string => join(stateRoot(), "machines");

export const stackDir = (stack: string): string => join(machinesRoot(), stack);

/** The stack's network, recorded when its first machine is made. */
export const networkFile = (stack: string): string => join(stackDir(stack), "network.json");

/** What belongs to one machine on the host's disk. */
export interface MachineFolder {
  dir: string;
  /** Written whole or not at all; its absence means that there is no machine. */
  state: string;
  /** What the machine changed on top of its image. */
  upper: string;
  work: string;
  /** Where the machine's own mount namespace assembles its root; empty seen from the host. */
  root: string;
  /** containerd cannot keep its snapshots on an overlay, so these two are plain folders. */
  containerd: string;
  kubelet: string;
  /** What the machine's console and its supervisor print. */
  console: string;
}

export function machineFolder(id: MachineId): MachineFolder {
  const dir = join(stackDir(id.stack), id.name);
  return {
    dir,
    state: join(dir, "state.json"),
    upper: join(dir, "upper"),
    work: join(dir, "work"),
    root: join(dir, "root"),
    containerd: join(dir, "containerd"),
    kubelet: join(dir, "kubelet"),
    console: join(dir, "console.log"),
  };
}
