import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parse, stringify } from "yaml";
import type { Cluster } from "./outputs";

export interface ExistingClusterArgs {
  /** Tells this cluster from others; when it changes, everything declared in the cluster is replaced. */
  clusterName: string;
  /** Content of a kubeconfig, with the rights of an administrator. */
  kubeconfig: pulumi.Input<string>;
  /** Context in it. Default: its current one. */
  context?: pulumi.Input<string>;
}

/** A cluster that somebody else made and keeps. */
export class ExistingCluster extends pulumi.ComponentResource implements Cluster {
  readonly kubeconfig: pulumi.Output<string>;
  readonly provider: kubernetes.Provider;
  readonly nodes: readonly string[] = [];
  readonly joined = {};
  readonly ready: readonly pulumi.Resource[];
  readonly lifetime = {};

  constructor(name: string, args: ExistingClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ofwasm:index:ExistingCluster", name, { clusterName: args.clusterName }, opts);

    this.kubeconfig = pulumi
      .all([pulumi.secret(args.kubeconfig), pulumi.output(args.context)])
      .apply(([text, context]) => (context === undefined ? text : withContext(text, context)));
    this.provider = new kubernetes.Provider(
      `${name}-provider`,
      {
        kubeconfig: this.kubeconfig,
        clusterIdentifier: args.clusterName,
        enableServerSideApply: true,
      },
      { parent: this },
    );
    this.ready = [this.provider];

    this.registerOutputs({ kubeconfig: this.kubeconfig, nodes: this.nodes });
  }
}

/** The kubeconfig with another current context: whoever gets it reaches the same cluster, and needs no name beside it. */
function withContext(kubeconfig: string, context: string): string {
  return stringify({ ...(parse(kubeconfig) as object), "current-context": context });
}
