import type * as pulumi from "@pulumi/pulumi";
import { describeObject, type KubernetesObject, Manifests, type ManifestsArgs, namespaceObject } from "../manifests";
import { removedBefore } from "./custom-objects";
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
  /**
   * Of an administrator. With it, everybody's objects of the layer's kinds are removed before its controllers are.
   * Default: they go with their definitions, and those with finalizers hold the removal up.
   */
  kubeconfig?: pulumi.Input<string>;
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
  const objects = [...namespaces, ...args.objects];
  const manifests = new Manifests(name, { objects, leftOut: withheld, await: args.await }, opts);
  const removal =
    args.kubeconfig === undefined
      ? undefined
      : removedBefore(name, objects, args.kubeconfig, { ...opts, dependsOn: [...manifests.objects] });
  return {
    // What is declared after it goes before it, and so before the layer.
    ready: removal === undefined ? manifests.last : [removal],
    workloads: args.objects.filter(({ kind }) => WORKLOADS.includes(kind)).map(describeObject),
    withheld: withheld.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
  };
}
