import { ConnectionPool } from "../toolchain/plugins/command/ssh/pool";
import { clusterFacts, type ObservedCluster } from "./cluster/facts";
import { clusterFindings } from "./cluster/findings";
import type { DeclaredStack } from "./declared";
import type { Finding } from "./finding";
import { machineFacts, type ObservedMachine } from "./machine/facts";
import { machineFindings } from "./machine/findings";

export { declaredStack } from "./declared";
export type { Finding } from "./finding";
export { jsonReport, type Scope, textReport } from "./report";

/** What machines and cluster say, before it is judged. */
export interface Observed {
  /** In the order of the declared ones. */
  machines: ObservedMachine[];
  cluster?: ObservedCluster;
}

/** Asks all machines and the cluster at once. Changes nothing on them. */
export async function collect({ machines, objects, kubeconfig }: DeclaredStack): Promise<Observed> {
  const pool = new ConnectionPool();
  try {
    const [asked, cluster] = await Promise.all([
      Promise.all(machines.map((machine) => machineFacts(pool, machine))),
      kubeconfig === undefined ? undefined : clusterFacts(kubeconfig, objects),
    ]);
    return { machines: asked, ...(cluster === undefined ? {} : { cluster }) };
  } finally {
    pool.close();
  }
}

/** All that differs, errors first. */
export function judge(declared: DeclaredStack, observed: Observed, nowMs: number): Finding[] {
  const findings = [
    ...declared.machines.flatMap((machine, index) =>
      machineFindings(declared.stack, machine, observed.machines[index] ?? {}, nowMs),
    ),
    ...(observed.cluster === undefined ? [] : clusterFindings(declared, observed.cluster, nowMs)),
  ];
  // An object can be declared twice: as a whole, and as a patch of it.
  const unique = new Map(findings.map((one) => [`${one.where} ${one.what}`, one]));
  return [...unique.values()].sort((a, b) => Number(b.severity === "error") - Number(a.severity === "error"));
}
