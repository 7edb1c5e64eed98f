import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { machineProcesses } from "../../infra/bench/leftovers";
import { bridgeName, hostName } from "../../infra/local/machine/layout";
import { type CommandError, run } from "../../infra/process";

/**
 * Everything on this host that belongs to machines of a stack, in words.
 *
 * @param state the state folder that the machines were made under; the environment must name the same
 */
export async function hostTraces(state: string, stack: string, names: readonly string[]): Promise<string[]> {
  const folder = join(state, "machines", stack);
  const hosts = names.map((name) => hostName({ stack, name }));
  const links = [bridgeName(stack), ...hosts.map((host) => `vb-${host}`)];
  const rules = await run("iptables", ["-S"]).then(
    ({ stdout }) => stdout.split("\n"),
    (error: CommandError) => [`iptables: ${error.reason}`].filter((line) => !line.includes("ENOENT")),
  );
  return [
    ...machineProcesses(folder, hosts).map((text) => `process ${text}`),
    ...mounts(folder).map((text) => `mount ${text}`),
    ...links.filter((link) => existsSync(`/sys/class/net/${link}`)).map((text) => `link ${text}`),
    ...(await cgroups(hosts)).map((text) => `cgroup ${text}`),
    ...rules.filter((line) => line.includes(bridgeName(stack))).map((text) => `rule ${text}`),
    ...[folder, ...hosts.map((host) => `/run/systemd/nspawn/propagate/${host}`)]
      .filter((path) => existsSync(path))
      .map((text) => `folder ${text}`),
  ];
}

const mounts = (folder: string): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(folder));

/** Folders in every cgroup hierarchy named like one of the machines. */
export async function cgroups(hosts: readonly string[]): Promise<string[]> {
  const names = hosts.flatMap((host, index) => [...(index > 0 ? ["-o"] : []), "-name", host]);
  const { stdout } = await run("sh", ["-c", 'find /sys/fs/cgroup -type d "$@" 2>/dev/null || true', "find", ...names]);
  return stdout.split("\n").filter(Boolean);
}
