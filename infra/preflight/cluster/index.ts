import { clusterFacts } from "./facts";
import { type ClusterFinding, type ClusterPlan, clusterFindings, describeClusterFinding } from "./findings";

export type { ClusterFinding, ClusterPlan } from "./findings";

/** All that is in the way on a cluster, at once; nothing of the platform was made. */
export class ClusterRefusedError extends Error {
  override readonly name = "ClusterRefusedError";
  constructor(readonly findings: readonly ClusterFinding[]) {
    const lines = findings.map((finding) => `  - ${describeClusterFinding(finding)}`);
    super(["the cluster is not ready for the platform, nothing was changed:", ...lines].join("\n"));
  }
}

/**
 * Checks a running cluster before anything of the platform is made on it.
 *
 * @param kubeconfig of the cluster, contents
 * @returns what works but has a drawback, a line each; also that the cluster did not answer, for then nothing is known
 * @throws ClusterRefusedError with every refusal
 */
export async function clusterPreflight(kubeconfig: string, plan: ClusterPlan): Promise<string[]> {
  const facts = await clusterFacts(kubeconfig).catch((error: unknown) => error as Error);
  if (facts instanceof Error) return [`the cluster was not checked before the run: ${facts.message}`];
  const findings = clusterFindings(facts, plan);
  const refused = findings.filter(({ severity }) => severity === "refuse");
  if (refused.length > 0) throw new ClusterRefusedError(findings);
  return findings.map(describeClusterFinding);
}
