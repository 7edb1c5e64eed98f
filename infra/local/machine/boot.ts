import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { removeLink } from "./bridge";
import { cgroupDirs, cgroupMembers, limitCgroups, makeCgroups, removeCgroups } from "./cgroup";
import { removeFolder } from "./disk";
import { bridgeName, type MachineFolder, type MachineId, machineFolder } from "./layout";
import { awaitSsh } from "./probe";
import { findInit, isAlive, listens, signal, startTime, until } from "./processes";
import { type MachineState, writeState } from "./state";

const LAUNCHER = join(__dirname, "launch.sh");

/** A machine boots in one to two seconds; a busy host gets a minute. */
const BOOT_DEADLINE_MS = 60_000;

/** How long the dying processes of a machine may take. */
const STOP_DEADLINE_MS = 10_000;

/** How long the kernel gets to take a link away after its last user. */
const LINK_MS = 1_000;

/** Lines of the console that an error shows. */
const CONSOLE_LINES = 15;

/**
 * The supervisor's command line. It registers nothing with the host's systemd (there may be none) and stays in
 * the cgroups that it is started in.
 */
export function nspawnCommand(state: Pick<MachineState, "host" | "spec">, folder: MachineFolder): string[] {
  return [
    "systemd-nspawn",
    "--quiet",
    `--directory=${folder.root}`,
    `--machine=${state.host}`,
    `--hostname=${state.spec.name}`,
    "--settings=no",
    "--register=no",
    "--keep-unit",
    `--network-bridge=${bridgeName(state.spec.stack)}`,
    "--capability=all",
    "--system-call-filter=@raw-io bpf keyctl add_key",
    "--resolv-conf=off",
    "--timezone=off",
    "--link-journal=no",
    "--console=read-only",
    "--bind=/dev/kmsg",
    `--bind=${folder.containerd}:/var/lib/containerd`,
    `--bind=${folder.kubelet}:/var/lib/kubelet`,
    "--boot",
  ];
}

/** Init of the machine as seen from here; `undefined` when it does not run. */
export const machineInit = (state: MachineState): number | undefined => findInit(cgroupMembers(state.cgroups));

/** True when both the machine and the process that holds it run. */
export const isRunning = (state: MachineState): boolean =>
  state.supervisor !== undefined && isAlive(state.supervisor) && machineInit(state) !== undefined;

/**
 * Starts a machine whose disk is complete and that does not run. It outlives this process, in a session of its
 * own with nothing inherited.
 *
 * The process is recorded before it is let go, so a run that is killed at any point leaves either nothing or
 * something that the state file names.
 */
export function startMachine(id: MachineId, state: MachineState): MachineState {
  const folder = machineFolder(id);
  const cgroups = cgroupDirs(state.host);
  // Recorded before they exist, so that they can always be found again.
  writeState(id, { ...state, cgroups, supervisor: undefined });
  makeCgroups(cgroups);
  limitCgroups(cgroups, state.spec);
  const console = openSync(folder.console, "a", 0o600);
  const launcher = ["sh", LAUNCHER, folder.dir, join(state.spec.image, "root"), cgroups.join("\n")];
  const child = spawn("unshare", ["--mount", "--propagation", "slave", ...launcher, ...nspawnCommand(state, folder)], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", console, console],
    // The machine's network settings are its own to write; the folder's lock is ours.
    env: { PATH: process.env.PATH, SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network", SYSTEMD_NSPAWN_LOCK: "0" },
  });
  closeSync(console);
  const go = child.stdin;
  const { pid } = child;
  const begun = pid === undefined ? undefined : startTime(pid);
  if (!go || pid === undefined || begun === undefined)
    throw new Error("cannot start unshare (util-linux): install util-linux and systemd-container, then run this again");
  // It may end before it reads; the wait for the machine then tells why.
  go.on("error", () => {});
  const started: MachineState = { ...state, cgroups, supervisor: { pid, startTime: begun } };
  writeState(id, started);
  go.end("go\n");
  child.unref();
  return started;
}

/**
 * Waits until a started machine answers SSH with its host key.
 *
 * @throws when it ends first or the deadline is over; the message has the end of its console.
 */
export async function awaitMachine(id: MachineId, state: MachineState): Promise<void> {
  const fail = (reason: string): Error =>
    new Error(`machine ${id.name} of stack ${id.stack} ${reason}\n${consoleTail(machineFolder(id).console)}`);
  const alive = (): void => {
    if (!state.supervisor || !isAlive(state.supervisor)) throw fail("ended while it booted");
  };
  // Look for the listening socket first: a dial to an address that is not up yet costs a second of ARP.
  let init: number | undefined;
  const listening = await until(() => {
    alive();
    init ??= machineInit(state);
    return init !== undefined && listens(init, 22);
  }, BOOT_DEADLINE_MS);
  if (!listening) throw fail(`has no sshd after ${BOOT_DEADLINE_MS} ms`);
  await awaitSsh(state.spec.address, state.spec.hostKey, BOOT_DEADLINE_MS, alive).catch((error: Error) => {
    throw fail(error.message);
  });
}

function consoleTail(file: string): string {
  if (!existsSync(file)) return "its console is empty";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a console colours its lines
  const text = readFileSync(file, "utf8").replace(/\u001b\[[0-9;?]*[a-zA-Z]/g, "");
  return `the end of its console (${file}):\n${text.trimEnd().split(/\r?\n/).slice(-CONSOLE_LINES).join("\n")}`;
}

/**
 * Ends everything that the machine runs, at once, and removes what it had on the host while running: its
 * cgroups and its network link. Half of a machine, or none, is fine. Its disk stays.
 *
 * @throws when something survives for longer than the deadline.
 */
export async function haltMachine(state: MachineState): Promise<void> {
  const { supervisor, cgroups } = state;
  // First the supervisor, which would boot the machine again, with what it has just started: its process group.
  if (supervisor && isAlive(supervisor)) signal(-supervisor.pid, "SIGKILL");
  // The end of init is the end of all the others.
  const init = machineInit(state);
  if (init !== undefined) signal(init, "SIGKILL");
  const empty = await until(
    () => {
      const left = cgroupMembers(cgroups);
      for (const pid of left) signal(pid, "SIGKILL");
      return left.length === 0;
    },
    STOP_DEADLINE_MS,
    20,
  );
  if (!empty)
    throw new Error(`processes ${cgroupMembers(cgroups).join(", ")} of ${state.host} do not end; run this again`);
  await removeCgroups(cgroups);
  const link = `vb-${state.host}`;
  // The kernel takes the link away a moment after the machine's last process.
  await until(() => !existsSync(`/sys/class/net/${link}`), LINK_MS, 10);
  await removeLink(link);
  // nspawn's own; it had no chance to remove it.
  await removeFolder(`/run/systemd/nspawn/propagate/${state.host}`);
}
