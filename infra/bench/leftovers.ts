import { existsSync, readdirSync, readFileSync } from "node:fs";
import { bridgeName, hostName, stackDir } from "../local/machine/layout";
import { listMachines, readState } from "../local/machine/state";
import { run } from "../process";

/** What of a stack this host would have to lose: taken before `down`, looked for afterwards. */
export interface Belongings {
  folder: string;
  links: readonly string[];
  /** The machines' names towards the host, which are in the paths of their cgroups. */
  hosts: readonly string[];
  cgroups: readonly string[];
}

export function belongings(stack: string): Belongings {
  const machines = listMachines(stack);
  const hosts = machines.map(hostName);
  const cgroups = machines.flatMap((id) => readState(id)?.cgroups ?? []);
  return { folder: stackDir(stack), links: [bridgeName(stack), ...hosts.map((host) => `vb-${host}`)], hosts, cgroups };
}

/** Processes, mounts, links, cgroups, rules and files of a stack that are still there, in words. */
export async function leftovers({ folder, links, hosts, cgroups }: Belongings): Promise<string[]> {
  const rules = await run("iptables-save", []).then(
    ({ stdout }) => stdout.split("\n"),
    () => [],
  );
  return [
    ...machineProcesses(folder, hosts).map((text) => `process ${text}`),
    ...lines("/proc/self/mountinfo", folder).map((line) => `mount ${line}`),
    ...links.filter((link) => existsSync(`/sys/class/net/${link}`)).map((link) => `link ${link}`),
    ...cgroups.filter((dir) => existsSync(dir)).map((dir) => `cgroup ${dir}`),
    ...rules.filter((rule) => links.some((link) => rule.includes(link))).map((rule) => `rule ${rule}`),
    ...(existsSync(folder) ? [`folder ${folder}`] : []),
  ];
}

const lines = (file: string, text: string): string[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.includes(text));

/** Live processes that name the folder or lie in one of the machines' cgroups: number and command line. */
export function machineProcesses(folder: string, hosts: readonly string[]): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const groups = readFileSync(`/proc/${pid}/cgroup`, "utf8");
        // A zombie has no command line, holds nothing and waits for whoever adopted it.
        const theirs = command !== "" && (command.includes(folder) || hosts.some((host) => groups.includes(host)));
        return theirs ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}
