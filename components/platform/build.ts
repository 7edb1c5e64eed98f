import * as pulumi from "@pulumi/pulumi";
import { type KubernetesObject, Manifests, type ManifestsArgs } from "../manifests";
import { type StrategyOptions, wasmStrategy } from "./strategy";
import { failsClosed } from "./withheld";

export interface BuildPlatformArgs {
  /** Objects of Tekton Pipelines, all of them but its namespace. */
  tekton: readonly KubernetesObject[];
  /** Objects of Shipwright Build, all of them but its namespace. */
  shipwright: readonly KubernetesObject[];
  /** Of the ClusterBuildStrategy `wasmedge`. */
  strategy?: StrategyOptions;
  /**
   * `ready`: the controllers must run before what needs them is made. `none`: for a cluster that cannot pull their
   * images; webhooks that would then refuse everything are left out. Default `ready`.
   */
  await?: ManifestsArgs["await"];
}

/** Tekton, Shipwright and the ClusterBuildStrategy `wasmedge`: images of functions are built in the cluster. */
export class BuildPlatform extends pulumi.ComponentResource {
  /** What must exist before something is built. */
  readonly ready: readonly pulumi.Resource[];
  /** Deployments of its controllers, `namespace/name`. */
  readonly workloads: readonly string[];
  /** Objects that were left out, as `kubectl` names them; empty unless `await` is `none`. */
  readonly withheld: readonly string[];

  constructor(name: string, args: BuildPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ofwasm:index:BuildPlatform", name, { await: args.await ?? "ready" }, opts);
    const withheld = args.await === "none" ? [...args.tekton, ...args.shipwright].filter(failsClosed) : [];
    const layer = (
      part: string,
      objects: readonly KubernetesObject[],
      dependsOn: pulumi.ResourceOptions["dependsOn"],
    ): Manifests =>
      new Manifests(
        `${name}-${part}`,
        { objects: objects.filter((object) => !withheld.includes(object)), await: args.await },
        { parent: this, dependsOn },
      );

    const tekton = layer("tekton", [namespace("tekton-pipelines"), ...args.tekton], opts?.dependsOn);
    const shipwright = layer("shipwright", [namespace("shipwright-build"), ...args.shipwright], [...tekton.objects]);
    const strategy = layer("strategy", [wasmStrategy(args.strategy)], [...shipwright.objects]);

    this.ready = [...tekton.objects, ...shipwright.objects, ...strategy.objects];
    this.workloads = [...args.tekton, ...args.shipwright]
      .filter(({ kind }) => kind === "Deployment")
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    this.withheld = withheld.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    this.registerOutputs({ workloads: this.workloads, withheld: this.withheld });
  }
}

const namespace = (name: string): KubernetesObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
