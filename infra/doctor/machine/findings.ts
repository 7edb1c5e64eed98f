import { shellQuote } from "../../toolchain/plugins/command/environment";
import type { DeclaredMachine } from "../declared";
import { type Difference, type Finding, findingsAt, silence } from "../finding";
import type { ObservedMachine } from "./facts";
import { nodeDifferences } from "./node-differences";
import { runtimeDifferences } from "./runtime-differences";

/** Milliseconds from which on tokens and certificates of one machine are not yet, or no longer, good on another. */
const CLOCK_WARNING_MS = 10_000;
const CLOCK_ERROR_MS = 300_000;

/** All that differs on one machine. */
export function machineFindings(
  stack: string,
  machine: DeclaredMachine,
  observed: ObservedMachine,
  nowMs: number,
): Finding[] {
  const { runtime, node } = machine;
  const onMachine = (command: string): string => remotely(machine, command);
  const differences = [
    ...silence("the machine's answer", "facts about the runtime and the node", observed.silent, boot(machine)),
    ...clockDifferences(observed, onMachine),
    ...(runtime && observed.runtime ? runtimeDifferences(runtime, observed.runtime, onMachine) : []),
    ...(node && observed.node ? nodeDifferences(node, observed.node, onMachine, nowMs) : []),
  ];
  return findingsAt(stack, `machine ${machine.name}`, differences);
}

/**
 * A command of a person's own shell that runs another on the machine as root. It is one word for that shell: ssh joins
 * its words without their quotes, and what is behind `>`, `|` or `&&` would be the person's own host's.
 */
function remotely({ endpoint: { host, port, user, proxy } }: DeclaredMachine, command: string): string {
  const jump = proxy === undefined ? "" : `-J ${proxy.user}@${proxy.host}:${proxy.port} `;
  const at = port === 22 ? `${user}@${host}` : `-p ${port} ${user}@${host}`;
  return `ssh -t ${jump}${at} ${shellQuote(`${user === "root" ? "" : "sudo "}${command}`)}`;
}

const boot = (machine: DeclaredMachine): string =>
  `${remotely(machine, "true")}   # shows what is in the way; npm run up boots local machines that are off`;

function clockDifferences({ clockMs = 0 }: ObservedMachine, onMachine: (command: string) => string): Difference[] {
  const off = Math.abs(clockMs);
  if (off < CLOCK_WARNING_MS) return [];
  const seconds = (off / 1000).toFixed(off < 60_000 ? 1 : 0);
  return [
    {
      severity: off < CLOCK_ERROR_MS ? "warning" : "error",
      what: "the clock",
      expected: "the time of the host that asks",
      found: `${seconds} s ${clockMs > 0 ? "ahead" : "behind"}`,
      why: "certificates and tokens of one machine are refused by another, and etcd and leases go wrong",
      mend: onMachine("timedatectl set-ntp true"),
    },
  ];
}
