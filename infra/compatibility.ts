import { type PlatformPart, platformRules } from "./platform-compatibility";
import { compareVersions } from "./toolchain/installed";

/** Parts that must fit together; what is unknown is left out and not judged. */
export interface Combination extends Partial<Record<PlatformPart, string>> {
  kubernetes?: string;
  containerd?: string;
  crun?: string;
  wasmedge?: string;
  etcd?: string;
  /** flannel's, when machines pull its published image. */
  flannel?: string;
  /** Version of the control groups on the machines. */
  cgroup?: 1 | 2;
  /** The oldest C library among the machines: `2.36`. */
  glibc?: string;
  /** Version of the Gateway API's resource definitions that the cluster has already. */
  gatewayApi?: string;
}

export interface Finding {
  /** `refuse`: it will not work, or nobody knows that it does. `warn`: it works, with this drawback. */
  severity: "refuse" | "warn";
  /** What is wrong: a key of the combination. */
  what: keyof Combination;
  value: string;
  reason: string;
  /** The nearest value known to be good. */
  nearestGood: string;
}

export interface Rule extends Omit<Finding, "value"> {
  applies(combination: Combination): boolean;
}

const older = (version: string | undefined, than: string): boolean =>
  version !== undefined && compareVersions(version, than) < 0;
const newer = (version: string | undefined, than: string): boolean =>
  version !== undefined && compareVersions(version, than) > 0;
const atLeast = (version: string | undefined, least: string): boolean =>
  version !== undefined && !older(version, least);
/** `1.34.11` is of the line `1.34`. */
const ofLine = (version: string | undefined, line: string): boolean =>
  version === line || version?.startsWith(`${line}.`) === true;
const afterLine = (version: string | undefined, line: string): boolean =>
  newer(version, line) && !ofLine(version, line);

/** What it takes to leave the crun versions with known holes. */
const CRUN_UPGRADE =
  "from 1.28 on crun wants json-c >= 0.14 instead of yajl where it is built; " +
  "the source of 1.29.1 has published checksums, the pair with WasmEdge has not been run here";

/** crun x WasmEdge pairs that somebody has run: here, or in second-state's examples. */
const PROVEN_PAIRS = ["1.21 0.14.1", "1.15 0.13.5", "1.15 0.14.1"];

/** Release lines of containerd whose configuration is known here. */
export const containerdLines = { oldest: "1.6", newest: "2.3" } as const;

const rules: readonly Rule[] = [
  {
    severity: "refuse",
    what: "crun",
    applies: ({ crun }) => older(crun, "1.8.6"),
    reason: "1.8.5 fails every WebAssembly start on old kernels' headers, older ones handle sidecars wrongly",
    nearestGood: "1.21",
  },
  {
    severity: "refuse",
    what: "crun",
    applies: ({ crun, cgroup }) => cgroup === 1 && (crun === "1.18" || crun === "1.18.1"),
    reason: "its device rules are broken on cgroup v1 (containers/crun#1589)",
    nearestGood: "1.21",
  },
  {
    severity: "refuse",
    what: "crun",
    applies: ({ crun }) => newer(crun, "1.29.1"),
    reason: "nothing is known of it",
    nearestGood: "1.29.1",
  },
  {
    severity: "warn",
    what: "crun",
    applies: ({ crun }) => crun === "1.29",
    reason: "it has regressions that 1.29.1 fixes",
    nearestGood: "1.29.1",
  },
  {
    severity: "warn",
    what: "crun",
    applies: ({ crun }) => older(crun, "1.27"),
    reason: `CVE-2026-30892 (fixed in 1.27) and CVE-2026-47766 (fixed in 1.28) are open in it; ${CRUN_UPGRADE}`,
    nearestGood: "1.29.1",
  },
  {
    severity: "warn",
    what: "crun",
    applies: ({ crun }) => atLeast(crun, "1.27") && older(crun, "1.28"),
    reason: `CVE-2026-47766 (fixed in 1.28) is open in it; ${CRUN_UPGRADE}`,
    nearestGood: "1.29.1",
  },
  {
    severity: "refuse",
    what: "wasmedge",
    applies: ({ wasmedge }) => older(wasmedge, "0.11"),
    reason: "crun loads libwasmedge.so.0, which it does not have",
    nearestGood: "0.14.1",
  },
  {
    severity: "refuse",
    what: "wasmedge",
    applies: ({ wasmedge }) => newer(wasmedge, "0.17.1"),
    reason: "nothing is known of it",
    nearestGood: "0.14.1",
  },
  {
    severity: "warn",
    what: "wasmedge",
    applies: ({ crun, wasmedge }) =>
      crun !== undefined && wasmedge !== undefined && !PROVEN_PAIRS.includes(`${crun} ${wasmedge}`),
    reason: "nobody is known to have run it with this crun; by their sources they fit",
    nearestGood: "0.14.1 with crun 1.21",
  },
  {
    severity: "refuse",
    what: "glibc",
    applies: ({ glibc, wasmedge }) => older(glibc, "2.17") && older(wasmedge, "0.15"),
    reason: "WasmEdge before 0.15 (manylinux2014) wants glibc 2.17 or newer",
    nearestGood: "2.17",
  },
  {
    severity: "refuse",
    what: "glibc",
    applies: ({ glibc, wasmedge }) => older(glibc, "2.28") && atLeast(wasmedge, "0.15"),
    reason: "WasmEdge from 0.15 on (manylinux_2_28) wants glibc 2.28 or newer; 0.14.1 does with 2.17",
    nearestGood: "2.28",
  },
  {
    severity: "refuse",
    what: "containerd",
    applies: ({ containerd }) => older(containerd, containerdLines.oldest),
    reason: "its configuration is of a schema that is not written here",
    nearestGood: "1.7.34",
  },
  {
    severity: "warn",
    what: "containerd",
    applies: ({ containerd }) => ofLine(containerd, "2.1"),
    reason: "its maintenance ended in 2026-07",
    nearestGood: "2.0.11",
  },
  {
    severity: "refuse",
    what: "containerd",
    applies: ({ containerd }) => afterLine(containerd, containerdLines.newest),
    reason: "nothing is known of it",
    nearestGood: "2.3.4",
  },
  {
    severity: "refuse",
    what: "kubernetes",
    applies: ({ kubernetes, cgroup }) => cgroup === 1 && afterLine(kubernetes, "1.34"),
    reason: "its kubelet does not run on cgroup v1, which the machines have",
    nearestGood: "1.34.11",
  },
  {
    severity: "refuse",
    what: "kubernetes",
    applies: ({ kubernetes, cgroup }) => cgroup !== 1 && afterLine(kubernetes, "1.34"),
    reason: "it has not been run with the rest",
    nearestGood: "1.34.11",
  },
  {
    severity: "refuse",
    what: "kubernetes",
    applies: ({ kubernetes }) => older(kubernetes, "1.24"),
    reason: "it may still talk to Docker instead of containerd",
    nearestGood: "1.26.15",
  },
  {
    severity: "refuse",
    what: "etcd",
    applies: ({ etcd, kubernetes }) => older(etcd, "3.6") && atLeast(kubernetes, "1.34"),
    reason: "kubeadm 1.34 starts it with flags that it does not know",
    nearestGood: "3.6.13",
  },
  {
    severity: "warn",
    what: "flannel",
    applies: ({ flannel }) => older(flannel, "0.28.9"),
    reason:
      "its published image is built with golang.org/x/text before 0.39 (CVE-2026-56852) and x/net before 0.56 " +
      "(CVE-2026-46600), which bad input from the API server or a name server can bring to a halt; no digest is " +
      "published of the releases that mend it. An image that is built here does not have them",
    nearestGood: "0.28.9",
  },
  {
    severity: "refuse",
    what: "openfunction",
    applies: ({ openfunction }) => older(openfunction, "1.2.0"),
    reason: "its webhook crashes on functions without serving, or forgets the RuntimeClass (OpenFunction#471)",
    nearestGood: "1.2.0",
  },
  {
    severity: "refuse",
    what: "openfunction",
    applies: ({ openfunction }) => newer(openfunction, "1.2.0"),
    reason: "nothing is known of it",
    nearestGood: "1.2.0",
  },
  {
    severity: "warn",
    what: "kubernetes",
    applies: ({ openfunction, kubernetes }) =>
      openfunction !== undefined && afterLine(kubernetes, "1.26") && !afterLine(kubernetes, "1.34"),
    reason:
      "OpenFunction and its parts were tested up to 1.26. On 1.34.4 its own controller and Shipwright's were run here, " +
      "and every object of the others is accepted; Knative's HPA class does not scale from 1.26 on, its default class does",
    nearestGood: "1.26.15",
  },
  {
    severity: "refuse",
    what: "gatewayApi",
    applies: ({ openfunction, gatewayApi }) => openfunction !== undefined && atLeast(gatewayApi, "1.0"),
    reason: "OpenFunction only speaks v1alpha2 and restarts for ever on these definitions (OpenFunction#528)",
    nearestGood: "0.8.0",
  },
];

/** Judges a combination: every rule that applies, refusals first. Nothing found means that it is known to work. */
export function checkCombination(combination: Combination): Finding[] {
  const findings = [...rules, ...platformRules]
    .filter((rule) => rule.applies(combination))
    .map(({ severity, what, reason, nearestGood }) => ({
      severity,
      what,
      value: String(combination[what]),
      reason,
      nearestGood,
    }));
  return findings.sort((a, b) => Number(b.severity === "refuse") - Number(a.severity === "refuse"));
}

/** A finding as a line for people. */
export const describeFinding = ({ what, value, reason, nearestGood }: Finding): string =>
  `${what} ${value}: ${reason}. Nearest good: ${nearestGood}`;
