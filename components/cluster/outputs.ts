import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Lifetime } from "./lifetime";

/** What a cluster gives to those who use it, however it was made. */
export interface Cluster {
  /** Administrator's kubeconfig, a secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Declares objects in the cluster. */
  readonly provider: kubernetes.Provider;
  /** Names of the nodes that this program made, known at preview. */
  readonly nodes: readonly string[];
  /** By node name: what must exist before that node is there. Empty for a cluster that somebody else made. */
  readonly joined: Readonly<Record<string, pulumi.Resource>>;
  /** What must exist before workloads can run. */
  readonly ready: readonly pulumi.Resource[];
  /** Options of every object in it, see `inCluster`; empty for a cluster that somebody else made. */
  readonly lifetime: Lifetime;
}
