import { existsSync, readFileSync } from "node:fs";
import { CommandError, run } from "../../process";

/** Marks the one rule that we may add, so that it is found again. */
const RULE_COMMENT = "openfunction-wasm machines";

const exists = (link: string): boolean => existsSync(`/sys/class/net/${link}`);

/**
 * Makes the stack's bridge with the host's address on it, or puts a left-over one in order.
 *
 * The caller holds the stack's lock.
 */
export async function ensureBridge(bridge: string, address: string, prefixLength: number): Promise<void> {
  const wanted = `${address}/${prefixLength}`;
  const lines: string[] = [];
  if (!exists(bridge)) lines.push(`link add name ${bridge} type bridge`);
  else if (!(await addresses(bridge)).includes(wanted)) lines.push(`address flush dev ${bridge} scope global`);
  lines.push(`address replace ${wanted} dev ${bridge}`, `link set dev ${bridge} up`);
  await run("ip", ["-batch", "-"], { input: `${lines.join("\n")}\n` });
  if (await needsRule()) await addRule(bridge);
}

async function addresses(link: string): Promise<string[]> {
  const { stdout } = await run("ip", ["-o", "-4", "address", "show", "dev", link]);
  return [...stdout.matchAll(/ inet (\S+)/g)].map((match) => match[1] ?? "");
}

/** Removes the bridge and its rule; nothing to remove is fine. */
export async function removeBridge(bridge: string): Promise<void> {
  if (await hasRule(bridge)) await run("iptables", ["-w", "-D", ...ruleFor(bridge)]);
  await removeLink(bridge);
}

/** Removes a link; one that is gone, or goes by itself at the same moment, is fine. */
export async function removeLink(link: string): Promise<void> {
  if (!exists(link)) return;
  await run("ip", ["link", "delete", "dev", link]).catch((error: unknown) => {
    if (exists(link)) throw error;
  });
}

/**
 * Whether frames between the machines would meet a firewall: only where the kernel sends bridged frames through
 * iptables, and only when its FORWARD chain does anything but accept.
 */
export function meetsFirewall(bridgeCallsIptables: string, forwardChain: string): boolean {
  return bridgeCallsIptables.trim() === "1" && forwardChain.trim() !== "-P FORWARD ACCEPT";
}

async function needsRule(): Promise<boolean> {
  const file = "/proc/sys/net/bridge/bridge-nf-call-iptables";
  if (!existsSync(file)) return false;
  return meetsFirewall(readFileSync(file, "utf8"), (await iptables("-S", "FORWARD")) ?? "-P FORWARD ACCEPT");
}

const ruleFor = (bridge: string): string[] => [
  ...["FORWARD", "-i", bridge, "-o", bridge],
  ...["-m", "comment", "--comment", RULE_COMMENT, "-j", "ACCEPT"],
];

const hasRule = async (bridge: string): Promise<boolean> =>
  (await iptables("-S", "FORWARD"))?.includes(`-i ${bridge} -o ${bridge} `) ?? false;

async function addRule(bridge: string): Promise<void> {
  if (!(await hasRule(bridge))) await run("iptables", ["-w", "-I", ...ruleFor(bridge)]);
}

/** Output of iptables; `undefined` where it is not installed, so where no chain of it can be in the way. */
async function iptables(...args: string[]): Promise<string | undefined> {
  try {
    return (await run("iptables", ["-w", ...args])).stdout;
  } catch (error) {
    if (error instanceof CommandError && error.reason.includes("ENOENT")) return undefined;
    throw error;
  }
}
