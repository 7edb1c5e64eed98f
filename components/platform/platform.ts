import * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject } from "../manifests";
import { BUILD_NAMESPACE, buildNamespace } from "./build-namespace";
import { Contour, type ContourArgs } from "./contour";
import { Dapr } from "./dapr";
import { type KnativeSettings, knativeObjects } from "./knative";
import { type DeclaredLayer, declareLayer, type LayerArgs } from "./layer";
import { type ChartLayer, comesAfter, isChartLayer, type Layer, layerNamespaces, layers, unmetNeeds } from "./layers";
import { OpenFunction } from "./openfunction";
import { type StrategyOptions, wasmStrategy } from "./strategy";

export interface PlatformArgs {
  /** What is declared. */
  layers: readonly Layer[];
  /** What the cluster has from elsewhere. Default: nothing. */
  existing?: readonly Layer[];
  /** Objects of each declared layer that has a chart, without its namespace. */
  objects: Readonly<Partial<Record<ChartLayer, readonly KubernetesObject[]>>>;
  /** Of the ClusterBuildStrategy `wasmedge`. */
  strategy?: StrategyOptions;
  /** Of Knative; its domain is also that of OpenFunction's Gateway. */
  serving: KnativeSettings;
  /** How Envoy is reached from outside. Default `LoadBalancer`. */
  envoyService?: ContourArgs["service"];
  /** Default `ready`; see `LayerArgs`. */
  await?: LayerArgs["await"];
  /** Of an administrator; see `LayerArgs`. */
  kubeconfig?: LayerArgs["kubeconfig"];
}

/** The parts that build and serve functions, each after what it needs. */
export class Platform extends pulumi.ComponentResource {
  /** What must exist before functions are declared. */
  readonly ready: readonly pulumi.Resource[];
  /** Workloads of all controllers, `Kind namespace/name`. */
  readonly workloads: readonly string[];
  /** Objects that were left out, `Kind/name`; empty unless `await` is `none`. */
  readonly withheld: readonly string[];

  /** @throws pulumi.InputPropertiesError that lists every layer without something that it needs */
  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    const errors = platformProblems(args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `platform "${name}"`, errors });
    const { existing = [] } = args;
    super("ofwasm:index:Platform", name, { layers: args.layers, existing, await: args.await ?? "ready" }, opts);
    const declared = new Map<Layer, DeclaredLayer>();
    for (const layer of layers.filter((one) => args.layers.includes(one))) {
      const before = comesAfter(layer).flatMap((one) => declared.get(one)?.ready ?? []);
      const dependsOn = before.length > 0 ? before : opts?.dependsOn;
      declared.set(layer, DECLARE[layer](`${name}-${layer}`, args, { parent: this, dependsOn }));
    }
    const all = [...declared.values()];
    this.ready = all.flatMap(({ ready }) => ready);
    this.workloads = all.flatMap(({ workloads }) => workloads);
    this.withheld = all.flatMap(({ withheld }) => withheld);
    this.registerOutputs({ workloads: this.workloads, withheld: this.withheld });
  }
}

type Declare = (name: string, args: PlatformArgs, opts: pulumi.ComponentResourceOptions) => DeclaredLayer;

/** What every layer is told alike. */
const common = ({ await: wait, kubeconfig }: PlatformArgs): Pick<LayerArgs, "await" | "kubeconfig"> => ({
  await: wait,
  kubeconfig,
});

const fromChart =
  (layer: ChartLayer, edited: (objects: readonly KubernetesObject[], args: PlatformArgs) => KubernetesObject[]) =>
  (name: string, args: PlatformArgs, opts: pulumi.ComponentResourceOptions): DeclaredLayer => {
    const objects = edited(args.objects[layer] ?? [], args);
    return declareLayer(name, { namespace: layerNamespaces[layer], objects, ...common(args) }, opts);
  };

const asIs = (layer: ChartLayer): Declare => fromChart(layer, (objects) => [...objects]);

const DECLARE: Readonly<Record<Layer, Declare>> = {
  tekton: asIs("tekton"),
  shipwright: asIs("shipwright"),
  buildStrategy: (name, args, opts) =>
    declareLayer(
      name,
      {
        objects: [wasmStrategy(args.strategy), buildNamespace(BUILD_NAMESPACE, args.strategy)],
        ...common(args),
      },
      opts,
    ),
  gatewayApi: asIs("gatewayApi"),
  contour: (name, args, opts) =>
    new Contour(name, { objects: args.objects.contour ?? [], service: args.envoyService, ...common(args) }, opts).layer,
  knative: fromChart("knative", (objects, { serving }) => knativeObjects(objects, serving)),
  dapr: (name, args, opts) => new Dapr(name, { objects: args.objects.dapr ?? [], ...common(args) }, opts).layer,
  keda: asIs("keda"),
  openfunction: (name, args, opts) =>
    new OpenFunction(
      name,
      { objects: args.objects.openfunction ?? [], domain: args.serving.domain, ...common(args) },
      opts,
    ).layer,
};

function platformProblems({
  layers: wanted,
  existing = [],
  objects,
}: PlatformArgs): pulumi.InputPropertyErrorDetails[] {
  return [
    ...unmetNeeds(wanted, existing).map(({ layer, needs }) => ({
      propertyPath: "layers",
      reason: `${layer} needs ${needs}: add it to layers, or to existing where the cluster has it`,
    })),
    ...wanted
      .filter((layer) => existing.includes(layer))
      .map((layer) => ({ propertyPath: "existing", reason: `${layer} is in layers too: it has one owner` })),
    ...wanted
      .filter(isChartLayer)
      .filter((layer) => objects[layer] === undefined)
      .map((layer) => ({ propertyPath: "objects", reason: `those of ${layer} are missing` })),
  ];
}
