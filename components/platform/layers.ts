/** Layers of the platform, each after those that it needs. */
export const layers = [
  "tekton",
  "shipwright",
  "buildStrategy",
  "gatewayApi",
  "contour",
  "knative",
  "dapr",
  "keda",
  "openfunction",
] as const;

export type Layer = (typeof layers)[number];

/** Layers whose objects come from a chart. */
export type ChartLayer = Exclude<Layer, "buildStrategy">;

/** Names for what is mostly wanted together. */
export const layerGroups = {
  none: [],
  /** Images of functions are built in the cluster. */
  build: ["tekton", "shipwright", "buildStrategy"],
  /** Knative with its ingress. */
  serve: ["gatewayApi", "contour", "knative"],
  /** OpenFunction with all of its parts. */
  full: layers,
} as const satisfies Readonly<Record<string, readonly Layer[]>>;

const NEEDS: Readonly<Record<Layer, readonly Layer[]>> = {
  tekton: [],
  shipwright: ["tekton"],
  buildStrategy: ["shipwright"],
  gatewayApi: [],
  // Its controller is told to serve a GatewayClass.
  contour: ["gatewayApi"],
  // Routes of Knative are served by Contour, through net-contour.
  knative: ["contour"],
  dapr: [],
  keda: [],
  // Its manager looks for the kinds of these when it starts, and does without what is missing until it starts anew.
  openfunction: ["shipwright", "gatewayApi", "contour", "knative"],
};

/** Namespaces that layers live in. */
export const layerNamespaces: Readonly<Partial<Record<Layer, string>>> = {
  tekton: "tekton-pipelines",
  shipwright: "shipwright-build",
  contour: "projectcontour",
  knative: "knative-serving",
  dapr: "dapr-system",
  keda: "keda",
  openfunction: "openfunction",
};

export const isLayer = (name: string): name is Layer => (layers as readonly string[]).includes(name);

export const isChartLayer = (layer: Layer): layer is ChartLayer => layer !== "buildStrategy";

/** Dapr and KEDA too come before OpenFunction, which does without them but not without a new start. */
const BEFORE: Readonly<Partial<Record<Layer, readonly Layer[]>>> = { openfunction: ["dapr", "keda", "buildStrategy"] };

/** Layers that come before one where they are declared, needed or not. */
export const comesAfter = (layer: Layer): readonly Layer[] => [...NEEDS[layer], ...(BEFORE[layer] ?? [])];

/** A layer that is wanted without one that it needs. */
export interface UnmetNeed {
  layer: Layer;
  needs: Layer;
}

/** What is missing for the layers to work: each with what it needs. */
export function unmetNeeds(wanted: readonly Layer[], existing: readonly Layer[]): UnmetNeed[] {
  const there = new Set([...wanted, ...existing]);
  return wanted.flatMap((layer) =>
    NEEDS[layer].filter((needs) => !there.has(needs)).map((needs) => ({ layer, needs })),
  );
}
