import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** One cgroup hierarchy as this process sees it. */
export interface Hierarchy {
  /** Where it is mounted. */
  mount: string;
  /** Controllers, or `name=systemd`; empty for the unified one. */
  controllers: string[];
  /** Folder of this process's own cgroup in it. */
  own: string;
}

/** Controllers that a kubelet needs; a unified hierarchy must hand them down. */
const NEEDED = ["cpu", "cpuset", "memory", "pids"];

/**
 * Finds the hierarchies from the texts of /proc/self/mountinfo and /proc/self/cgroup.
 *
 * A mount may show only a part of its hierarchy (containers do that); a cgroup outside that part is taken as
 * the mount's own folder.
 */
export function parseHierarchies(mountinfo: string, ownCgroups: string): Hierarchy[] {
  const mounts = mountinfo.split("\n").flatMap((line) => {
    const [left = "", right = ""] = line.split(" - ");
    const [, , , root, mount] = left.split(" ");
    const [type, , options = ""] = right.split(" ");
    if (!root || !mount || (type !== "cgroup" && type !== "cgroup2")) return [];
    return [{ root, mount, unified: type === "cgroup2", options: options.split(",") }];
  });
  return ownCgroups.split("\n").flatMap((line) => {
    const [id, names, ...rest] = line.split(":");
    if (names === undefined) return [];
    const path = rest.join(":");
    const controllers = names === "" ? [] : names.split(",");
    const found = mounts.find((mount) =>
      id === "0" ? mount.unified : !mount.unified && controllers.every((name) => mount.options.includes(name)),
    );
    if (!found) return [];
    const relative = posix.relative(found.root, path);
    const own = relative.startsWith("..") ? found.mount : posix.join(found.mount, relative);
    return [{ mount: found.mount, controllers, own }];
  });
}

/**
 * Folders of a cgroup subtree named `name`, one in each hierarchy.
 *
 * They lie under the caller's own cgroups, so a machine stays within whatever limits its maker was given. In a
 * unified hierarchy that hands controllers down that is not possible (a cgroup has either processes or
 * controlled children), there it is a child of the top.
 */
export function cgroupDirs(name: string): string[] {
  const read = (file: string): string => readFileSync(`/proc/self/${file}`, "utf8");
  return parseHierarchies(read("mountinfo"), read("cgroup")).map(({ mount, controllers, own }) =>
    join(controllers.length === 0 && handsDown(mount).length > 0 ? mount : own, name),
  );
}

const words = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, "utf8").trim().split(/\s+/).filter(Boolean) : [];

const handsDown = (dir: string): string[] => words(join(dir, "cgroup.subtree_control"));

/**
 * Makes the folders and gives each new cpuset its parent's processors and memory nodes, without which it takes
 * no process.
 *
 * @throws when the only hierarchy is a unified one that keeps controllers back.
 */
export function makeCgroups(dirs: readonly string[]): void {
  for (const dir of dirs) {
    mkdirSync(dir, { recursive: true });
    for (const file of ["cpuset.cpus", "cpuset.mems"])
      if (existsSync(join(dir, "tasks")) && existsSync(join(dir, file)))
        writeFileSync(join(dir, file), readFileSync(join(dir, "..", file)));
  }
  const [only] = dirs;
  if (dirs.length !== 1 || only === undefined) return;
  const offered = words(join(only, "cgroup.controllers"));
  const missing = NEEDED.filter((controller) => !offered.includes(controller));
  if (missing.length > 0)
    throw new Error(
      `cgroup ${only}: this host hands no ${missing.join(", ")} controller down; as root: echo ${missing.map((c) => `+${c}`).join(" ")} > ${join(only, "../cgroup.subtree_control")}`,
    );
}

export interface Limits {
  memoryMiB?: number;
  cpus?: number;
}

/** Length of the period that a processor limit is counted in, microseconds. */
const CPU_PERIOD = 100_000;

/** Writes a machine's limits wherever a hierarchy has them. */
export function limitCgroups(dirs: readonly string[], limits: Limits): void {
  const set = (file: string, value: string): void => {
    for (const dir of dirs) if (existsSync(join(dir, file))) writeFileSync(join(dir, file), value);
  };
  if (limits.memoryMiB !== undefined) {
    set("memory.limit_in_bytes", String(limits.memoryMiB * 2 ** 20));
    set("memory.max", String(limits.memoryMiB * 2 ** 20));
  }
  if (limits.cpus !== undefined) {
    const quota = Math.round(limits.cpus * CPU_PERIOD);
    set("cpu.cfs_quota_us", String(quota));
    set("cpu.max", `${quota} ${CPU_PERIOD}`);
  }
}

/** Processes in the cgroups and below. */
export function cgroupMembers(dirs: readonly string[]): number[] {
  const found = new Set<number>();
  for (const dir of dirs.flatMap(subtree)) for (const pid of members(dir)) found.add(pid);
  return [...found];
}

function members(dir: string): number[] {
  try {
    return words(join(dir, "cgroup.procs")).map(Number);
  } catch {
    return []; // Gone since it was listed, or a threaded cgroup, whose processes are listed above it.
  }
}

/** A cgroup and those below it, children first. */
function subtree(dir: string): string[] {
  let children: string[];
  try {
    children = readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(dir, entry.name));
  } catch {
    return [];
  }
  return [...children.flatMap(subtree), dir];
}

/**
 * Removes the cgroups and those below, waiting for dying processes to leave them.
 *
 * @throws when one is still in use after `deadlineMs`.
 */
export async function removeCgroups(dirs: readonly string[], deadlineMs = 5_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const busy = dirs.flatMap(subtree).filter((dir) => !removed(dir));
    if (busy.length === 0) return;
    if (Date.now() > end)
      throw new Error(
        `cgroup ${busy[0]} is in use by ${cgroupMembers(dirs).join(", ") || "the kernel"}; end that, then run this again`,
      );
    await sleep(20);
  }
}

function removed(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
