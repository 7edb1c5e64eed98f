import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { DEFAULTS, type Lane } from "./args";

/**
 * What the pods of each lane meet. Knative 1.3.2 puts a proxy beside the module that says nothing of privileges and
 * system calls, so that `restricted` would admit none of its pods.
 */
const POD_SECURITY_LEVEL: Readonly<Record<Lane, "restricted" | "baseline">> = {
  direct: "restricted",
  knative: "baseline",
  openfunction: "baseline",
};

/** What is in the namespace beside functions alone. */
export interface FunctionNamespaceOptions {
  /** Functions with `dapr`: Dapr's injector drops no capabilities of its sidecar, which `restricted` asks for. Default false. */
  dapr?: boolean;
}

/** A namespace for functions, closed to every pod that wants more than those of the lane need. */
export function functionNamespace(
  name: pulumi.Input<string>,
  lane: Lane = DEFAULTS.lane,
  { dapr = false }: FunctionNamespaceOptions = {},
): k8s.core.v1.NamespaceArgs {
  const level = dapr ? "baseline" : POD_SECURITY_LEVEL[lane];
  return { metadata: { name, labels: { "pod-security.kubernetes.io/enforce": level } } };
}
