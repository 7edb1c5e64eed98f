import { describeObject, imagesOf, type KubernetesObject } from "../../../components/manifests";
import { isChartLayer, type Layer } from "../../../components/platform";
import type { LayerObjects } from "../../charts/layers";
import { checkCombination } from "../../compatibility";
import type { ClusterFacts, LiveNamespace, LiveObject } from "./facts";
import { keyDefinitions, keyNamespaces, namespaceOf, neededKinds } from "./layer-needs";
import { admittedUnder, type PodSecurityLevel, podSecurityLevels } from "./pod-security";

/** What a run is about to put into a cluster. */
export interface ClusterPlan {
  /** Value of this stack's marker. */
  marker: string;
  /** Layers that are made. */
  layers: readonly Layer[];
  /** Layers that the cluster is said to have from elsewhere. */
  existing: readonly Layer[];
  /** Objects of the layers that are made. */
  objects: LayerObjects;
  /** What the stack's state has of the cluster, `Kind name`: it is this stack's, marked or not. */
  owned: ReadonlySet<string>;
  envoyService: "NodePort" | "LoadBalancer";
  /** Release of OpenFunction that the layer `openfunction` is. */
  openfunction: string;
}

export interface ClusterFinding {
  /** `refuse`: it would fail, or harm what is there. `warn`: it goes on, with this drawback. */
  severity: "refuse" | "warn";
  /** The object, setting or part. */
  what: string;
  reason: string;
  fix: string;
}

/** All that speaks against the plan, refusals first. Nothing of what could not be asked is judged. */
export function clusterFindings(facts: ClusterFacts, plan: ClusterPlan): ClusterFinding[] {
  const findings = [
    ...versionFindings(facts, plan),
    ...foreignObjects(facts, plan),
    ...missingLayers(facts, plan),
    ...ownLayers(facts, plan),
    ...missingKinds(facts, plan),
    ...podSecurityFindings(facts, plan),
    ...storageFindings(facts, plan),
    ...loadBalancerFindings(facts, plan),
    ...architectureFindings(facts, plan),
    ...unasked(facts),
  ];
  return findings.sort((a, b) => Number(b.severity === "refuse") - Number(a.severity === "refuse"));
}

/** A finding as a line for people. */
export const describeClusterFinding = ({ what, reason, fix }: ClusterFinding): string => `${what}: ${reason}. ${fix}`;

function versionFindings({ version }: ClusterFacts, { layers, openfunction }: ClusterPlan): ClusterFinding[] {
  const kubernetes = /^v?(\d+\.\d+\.\d+)/.exec(version)?.[1];
  const what = `Kubernetes ${version}`;
  if (layers.length === 0) return [];
  if (kubernetes === undefined || kubernetes === "0.0.0") {
    const reason = "the API server does not say its version, and Knative and Tekton end when they cannot read it";
    return [{ severity: "refuse", what, reason, fix: "Use an API server that was built with its version" }];
  }
  const combination = { kubernetes, ...(layers.includes("openfunction") ? { openfunction } : {}) };
  return checkCombination(combination).map(({ severity, reason, nearestGood }) => ({
    severity,
    what,
    reason,
    fix: `Nearest good: ${nearestGood}`,
  }));
}

const definitionsOf = (layer: Layer, objects: LayerObjects): string[] =>
  (isChartLayer(layer) ? (objects[layer] ?? []) : [])
    .filter(({ kind }) => kind === "CustomResourceDefinition")
    .map(({ metadata }) => metadata.name);

const isOurs = (kind: string, { name, marker }: LiveObject, plan: ClusterPlan): boolean =>
  marker === plan.marker || plan.owned.has(`${kind} ${name}`);

interface Foreign {
  kind: "CustomResourceDefinition" | "Namespace";
  object: LiveObject;
}

/** What of a layer that is made is there already and somebody else's. */
function foreignOf(layer: Layer, { definitions, namespaces }: ClusterFacts, plan: ClusterPlan): Foreign[] {
  const names = new Set(definitionsOf(layer, plan.objects));
  const all: Foreign[] = [
    ...(definitions ?? [])
      .filter(({ name }) => names.has(name))
      .map((object) => ({ kind: "CustomResourceDefinition" as const, object })),
    ...(namespaces ?? [])
      .filter(({ name }) => name === namespaceOf(layer))
      .map((object) => ({ kind: "Namespace" as const, object })),
  ];
  return all.filter(({ kind, object }) => !isOurs(kind, object, plan));
}

function foreignObjects(facts: ClusterFacts, plan: ClusterPlan): ClusterFinding[] {
  return plan.layers.flatMap((layer) => {
    const foreign = foreignOf(layer, facts, plan);
    const owners = new Map<string, Foreign[]>();
    for (const one of foreign) {
      const owner = ownerOf(one.object);
      owners.set(owner, [...(owners.get(owner) ?? []), one]);
    }
    return [...owners].map(([owner, theirs]) => ({
      severity: "refuse" as const,
      what: namesOf(theirs),
      reason: `layer ${layer} would make what exists and is not this stack's (${owner})`,
      fix: theirs.every(({ object }) => object.leaving)
        ? "It is being deleted: wait until it is gone, then run this again"
        : remedy(layer, theirs, facts, plan),
    }));
  });
}

const ownerOf = ({ owner, leaving }: LiveObject): string =>
  `${owner ?? "its owner is not known"}${leaving ? ", being deleted" : ""}`;

/** `CustomResourceDefinition a, b; Namespace c`. */
function namesOf(foreign: readonly Foreign[]): string {
  const kinds = [...new Set(foreign.map(({ kind }) => kind))];
  return kinds
    .map((kind) => `${kind} ${foreign.flatMap((one) => (one.kind === kind ? one.object.name : [])).join(", ")}`)
    .join("; ");
}

/** The layer can stay theirs only where it is all there, and serves what the layers above it need. */
function remedy(layer: Layer, theirs: readonly Foreign[], facts: ClusterFacts, plan: ClusterPlan): string {
  const removal = `remove them: ${removalOf(theirs)}`;
  const lacks = [...missingParts(layer, facts), ...kindsNotServed(layer, facts, plan.layers)];
  if (lacks.length > 0) return `It cannot be used as it is, without ${lacks.join(", ")}, so ${removal}`;
  return `Leave ${layer} to its owner (take it out of platform, add it to platformExisting), or ${removal}`;
}

function removalOf(theirs: readonly Foreign[]): string {
  const release = /^Helm release (\S+) in namespace (\S+)$/.exec(theirs[0]?.object.owner ?? "");
  // What Helm installs from a chart's folder crds, it leaves behind.
  if (release) return `helm uninstall ${release[1]} -n ${release[2]}, which can leave definitions behind`;
  const commands = theirs.map(({ kind, object }) =>
    kind === "Namespace" ? `namespace/${object.name}` : `crd/${object.name}`,
  );
  return `kubectl delete ${commands.join(" ")}, which deletes what is in them too`;
}

/** What of a layer's key parts the cluster has not got. */
function missingParts(layer: Layer, { definitions, namespaces, strategies }: ClusterFacts): string[] {
  const has = (list: readonly LiveObject[] | undefined, name: string): boolean =>
    list === undefined || list.some((one) => one.name === name && !one.leaving);
  const namespace = keyNamespaces[layer];
  return [
    ...keyDefinitions[layer]
      .filter((name) => !has(definitions, name))
      .map((name) => `CustomResourceDefinition ${name}`),
    ...(namespace !== undefined && !has(namespaces, namespace) ? [`Namespace ${namespace}`] : []),
    ...(layer === "buildStrategy" && strategies?.includes("wasmedge") === false
      ? ["ClusterBuildStrategy wasmedge"]
      : []),
  ];
}

function missingLayers(facts: ClusterFacts, { existing }: ClusterPlan): ClusterFinding[] {
  return existing.flatMap((layer) => {
    const missing = missingParts(layer, facts);
    if (missing.length === 0) return [];
    return [
      {
        severity: "refuse" as const,
        what: `platformExisting ${layer}`,
        reason: `the cluster has no ${missing.join(", no ")}`,
        fix: `Install ${layer} first, or take it out of platformExisting; platform=${layer} makes it`,
      },
    ];
  });
}

/** What this stack made goes with this very run when it is no longer in `platform`. */
function ownLayers({ definitions = [] }: ClusterFacts, plan: ClusterPlan): ClusterFinding[] {
  return plan.existing.flatMap((layer) => {
    const own = definitions.filter(
      (object) => keyDefinitions[layer].includes(object.name) && isOurs("CustomResourceDefinition", object, plan),
    );
    if (own.length === 0) return [];
    return [
      {
        severity: "refuse" as const,
        what: `platformExisting ${layer}`,
        reason: `its definitions (${own.map(({ name }) => name).join(", ")}) are this stack's own, so this run would remove them`,
        fix: `Keep ${layer} in platform; platformExisting is for what others installed`,
      },
    ];
  });
}

/** Kinds of a layer that `layers` need and the cluster does not serve. */
const kindsNotServed = (of: Layer, { served }: ClusterFacts, layers: readonly Layer[]): string[] => {
  const needed = new Set(layers.flatMap((layer) => neededKinds[layer]?.[of] ?? []));
  return served === undefined ? [] : [...needed].filter((kind) => !served.includes(kind));
};

/** Kinds that layers which are made need of layers that are there. */
function missingKinds(facts: ClusterFacts, { layers, existing }: ClusterPlan): ClusterFinding[] {
  return existing.flatMap((of) => {
    // A layer that is not there is named as such.
    const missing = missingParts(of, facts).length > 0 ? [] : kindsNotServed(of, facts, layers);
    if (missing.length === 0) return [];
    const needing = layers.filter((layer) => neededKinds[layer]?.[of]?.some((kind) => missing.includes(kind)));
    return [
      {
        severity: "refuse" as const,
        what: `platformExisting ${of}`,
        reason: `it does not serve ${missing.join(", ")}, without which ${needing.join(" and ")} cannot work`,
        fix: `Replace it by a release that serves them (platform=${of} makes one), or leave ${needing.join(" and ")} out`,
      },
    ];
  });
}

const isLevel = (text: string | undefined): text is PodSecurityLevel =>
  (podSecurityLevels as readonly (string | undefined)[]).includes(text);

const strictness = (level: PodSecurityLevel): number => podSecurityLevels.indexOf(level);

/** Namespaces that are there, of this stack or of the cluster itself, and would not let in what is made. */
function podSecurityFindings({ namespaces = [] }: ClusterFacts, plan: ClusterPlan): ClusterFinding[] {
  const objects = plan.layers.flatMap((layer) => (isChartLayer(layer) ? (plan.objects[layer] ?? []) : []));
  return namespaces.flatMap(({ name, enforces }: LiveNamespace) => {
    if (!isLevel(enforces)) return [];
    const refused = objects.filter((object) => {
      const level = object.metadata.namespace === name ? admittedUnder(object) : undefined;
      return level !== undefined && strictness(level) < strictness(enforces);
    });
    if (refused.length === 0) return [];
    const needs = refused.map((object) => admittedUnder(object) as PodSecurityLevel);
    const loosest = podSecurityLevels[Math.min(...needs.map(strictness))];
    return [
      {
        severity: "refuse" as const,
        what: `Namespace ${name}`,
        reason: `it enforces Pod Security ${enforces}, which lets in no pod of ${refused.map(describeObject).join(", ")}`,
        fix: `kubectl label namespace ${name} --overwrite pod-security.kubernetes.io/enforce=${loosest}`,
      },
    ];
  });
}

/** Whether an object wants a volume of the default StorageClass. */
function wantsDefaultClass({ kind, spec }: KubernetesObject): boolean {
  type Claim = { storageClassName?: string; volumeName?: string };
  const { volumeClaimTemplates = [] } = (spec ?? {}) as { volumeClaimTemplates?: { spec?: Claim }[] };
  const claims = kind === "PersistentVolumeClaim" ? [spec as Claim] : volumeClaimTemplates.map((one) => one.spec ?? {});
  return claims.some(({ storageClassName, volumeName }) => storageClassName === undefined && volumeName === undefined);
}

function storageFindings({ storageClasses }: ClusterFacts, { objects }: ClusterPlan): ClusterFinding[] {
  const wanting = Object.values(objects).flat().filter(wantsDefaultClass);
  if (wanting.length === 0 || storageClasses === undefined || storageClasses.some(({ isDefault }) => isDefault))
    return [];
  const there = storageClasses.map(({ name }) => name).join(", ") || "none";
  return [
    {
      severity: "refuse",
      what: "StorageClass",
      reason: `${wanting.map(describeObject).join(", ")} wants a volume, and no StorageClass is the default (there: ${there})`,
      fix: "Mark one with the annotation storageclass.kubernetes.io/is-default-class=true",
    },
  ];
}

function loadBalancerFindings({ loadBalancer }: ClusterFacts, { layers, envoyService }: ClusterPlan): ClusterFinding[] {
  if (!layers.includes("contour") || envoyService !== "LoadBalancer" || loadBalancer !== "") return [];
  return [
    {
      severity: "warn",
      what: "envoyService LoadBalancer",
      reason: "nothing tells that this cluster gives addresses to Services: no Service has one, no node is a cloud's",
      fix: "Where nothing does, Envoy is not reached from outside: set envoyService=NodePort",
    },
  ];
}

/** Images that OpenFunction pushes: several are for this architecture alone (OpenFunction#513). */
const AMD64_ONLY = /(^|\/)openfunction\/[^/]+$/;

function architectureFindings({ nodes = [] }: ClusterFacts, { objects }: ClusterPlan): ClusterFinding[] {
  const others = nodes.filter(({ architecture }) => architecture !== undefined && architecture !== "amd64");
  const images = new Set(
    Object.values(objects)
      .flat()
      .flatMap(imagesOf)
      .filter((image) => AMD64_ONLY.test(image)),
  );
  if (others.length === 0 || images.size === 0) return [];
  const named = others.map(({ name, architecture }) => `${name} (${architecture})`).join(", ");
  return [
    {
      severity: "warn",
      what: `Node ${named}`,
      reason: `images are published for amd64, several of them for nothing else: ${[...images].join(", ")}`,
      fix: "Have nodes of amd64 for them, or set imageRegistry to one with images for these nodes",
    },
  ];
}

const unasked = ({ forbidden }: ClusterFacts): ClusterFinding[] =>
  forbidden.length === 0
    ? []
    : [
        {
          severity: "warn",
          what: forbidden.join(", "),
          reason: "the kubeconfig's user may not list them, so nothing of them was checked",
          fix: "Use credentials that may, to have them checked before anything is made",
        },
      ];
