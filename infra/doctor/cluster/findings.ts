import { access } from "../../toolchain/plugins/kubernetes/kubeconfig";
import { certificateDifference, endOfCertificate } from "../certificate";
import type { DeclaredStack } from "../declared";
import { type Difference, type Finding, findingsAt, silence } from "../finding";
import type { ObservedCluster } from "./facts";
import { healthFindings } from "./health-differences";
import { objectFindings } from "./object-findings";

/** All that differs in the cluster. */
export function clusterFindings(declared: DeclaredStack, observed: ObservedCluster, nowMs: number): Finding[] {
  const { stack, withheld, kubeconfig = "" } = declared;
  return [
    ...findingsAt(
      stack,
      "the cluster",
      silence("the API server's answer", "the objects of the stack", observed.silent),
    ),
    ...findingsAt(stack, "the stack's kubeconfig", kubeconfigDifferences(kubeconfig, nowMs)),
    ...observed.objects.flatMap(({ declared: one, live }) => objectFindings(declared, one, live, nowMs)),
    ...healthFindings(stack, observed),
    ...withheld.flatMap((name) => findingsAt(stack, name.replace("/", " "), [withheldDifference(stack)])),
  ];
}

function kubeconfigDifferences(kubeconfig: string, nowMs: number): Difference[] {
  const { clientCertificate } = access({ kubeconfig });
  if (clientCertificate === undefined) return [];
  const difference = certificateDifference("of its user", endOfCertificate(clientCertificate), nowMs);
  // Renewed on the control plane, it comes with the next run that looks at the machine.
  return difference === undefined ? [] : [difference];
}

const withheldDifference = (stack: string): Difference => ({
  severity: "warning",
  what: "the object",
  expected: "there",
  found: "left out, because its controller was not waited for",
  why: "what it would refuse or complete is let through as it is",
  mend: `npm run up -- --stack ${stack} --set platformAwait=ready`,
});
