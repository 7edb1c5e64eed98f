import type * as pulumi from "@pulumi/pulumi";
import { describeObject, type KubernetesObject, Manifests, type ManifestsArgs, namespaceObject } from "../manifests";
import { needsRunningPods } from "./withheld";

export interface LayerArgs {
  /** Namespace that is made for it. Default: none. */
  namespace?: string;
  /** What it consists of, without that namespace. */
  objects: readonly KubernetesObject[];
  /**
   * `ready`: its controllers must run before what needs them is made. `none`: for a cluster that cannot pull their
   * images; what would then refuse everything is left out. Default `ready`.
   */
  await?: ManifestsArgs["await"];
}

/** One part of the platform as it was declared. */
export interface DeclaredLayer {
  /** What must exist before what needs this layer. */
  readonly ready: readonly pulumi.Resource[];
  /** Deployments, DaemonSets and StatefulSets of its controllers, `Kind namespace/name`. */
  readonly workloads: readonly string[];
  /** Objects that were left out, `Kind/name`; empty unless `await` is `none`. */
  readonly withheld: readonly string[];
}

const WORKLOADS = ["Deployment", "DaemonSet", "StatefulSet"];

/** Declares the objects of a layer, in the order of their references. */
export function declareLayer(name: string, args: LayerArgs, opts: pulumi.ComponentResourceOptions): DeclaredLayer {
  const withheld = args.await === "none" ? args.objects.filter(needsRunningPods) : [];
  const namespaces = args.namespace === undefined ? [] : [namespaceObject(args.namespace)];
  return {
    ready: new Manifests(
      name,
      { objects: [...namespaces, ...args.objects], leftOut: withheld, await: args.await },
      opts,
    ).last,
    workloads: args.objects.filter(({ kind }) => WORKLOADS.includes(kind)).map(describeObject),
    withheld: withheld.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
  };
}
