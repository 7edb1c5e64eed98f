import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { PROVED_LABEL } from "./names";

/** What a machine's last proof found. */
export interface Proof {
  /** Version of crun: `1.21`. */
  crun: pulumi.Input<string>;
  wasmedge: pulumi.Input<string>;
  containerd: pulumi.Input<string>;
  /** Digest of the payload that was proved, `sha256:…`. */
  payload: pulumi.Input<string>;
  /** Time of the proof, ISO 8601. */
  provedAt: pulumi.Input<string>;
}

/** Annotation of a node for each fact of its proof. */
export const PROOF_ANNOTATIONS = {
  crun: "ofwasm.dev/crun-version",
  wasmedge: "ofwasm.dev/wasmedge-version",
  containerd: "ofwasm.dev/containerd-version",
  payload: "ofwasm.dev/payload",
  provedAt: "ofwasm.dev/proved-at",
} as const satisfies Record<keyof Proof, string>;

/** Patch that marks a node as able to run WebAssembly, with what was proved on it. */
export function nodeMark(node: pulumi.Input<string>, proof: Proof): k8s.core.v1.NodePatchArgs {
  const facts = Object.keys(PROOF_ANNOTATIONS) as (keyof Proof)[];
  return {
    metadata: {
      name: node,
      labels: { ...PROVED_LABEL },
      annotations: Object.fromEntries(facts.map((fact) => [PROOF_ANNOTATIONS[fact], proof[fact]])),
    },
  };
}
