import {
  definedBy,
  groupKindOf,
  groupOf,
  isWebhookConfiguration,
  type KubernetesObject,
  nameKey,
  scaleTargetOf,
} from "./object";

/** Kinds with a pod template, and where it is. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Whether an object makes pods. */
export const hasPods = ({ kind }: KubernetesObject): boolean => kind in TEMPLATES;

const BINDINGS = ["RoleBinding", "ClusterRoleBinding"];

type Fields = Record<string, unknown>;
type Labels = Readonly<Record<string, string>>;

/** What is looked up among the objects again and again. */
interface Index {
  byKey: ReadonlyMap<string, KubernetesObject>;
  definitions: ReadonlyMap<string, KubernetesObject>;
  /** Bindings by the service account that they give something to. */
  bindings: ReadonlyMap<string, readonly KubernetesObject[]>;
  /** Objects with pods, by namespace. */
  workloads: ReadonlyMap<string, readonly KubernetesObject[]>;
  webhooks: readonly KubernetesObject[];
  /** Objects of the kinds defined here that none of the webhooks judges. */
  unjudged: readonly KubernetesObject[];
}

/**
 * What each object needs to be there first, among the given ones: its namespace, the definition of its kind, and what
 * it names (accounts with their bindings, roles, configuration, the service behind a webhook and the pods behind that).
 * Pods need every definition, because controllers look at start for what there is to watch, and the objects of those
 * kinds, which may be their configuration. Such an object that a webhook judges needs that webhook first, which would
 * otherwise miss it, and so the pods behind it.
 *
 * A reference to something else is somebody else's to satisfy. The result has every object as a key.
 */
export function needsOf(objects: readonly KubernetesObject[]): Map<KubernetesObject, ReadonlySet<KubernetesObject>> {
  const index = indexOf(objects);
  return new Map(objects.map((object) => [object, needs(object, index)]));
}

function needs(object: KubernetesObject, index: Index): ReadonlySet<KubernetesObject> {
  const { kind, metadata } = object;
  const definition = index.definitions.get(groupKindOf(object));
  const judges = definition === undefined ? [] : judgesOf(object, index);
  const found = new Set<KubernetesObject | undefined>([
    index.byKey.get(nameKey("Namespace", undefined, metadata.namespace ?? "")),
    definition,
    ...judges,
    ...(BINDINGS.includes(kind) ? bindingNeeds(object, index) : []),
    ...(hasPods(object) ? [...index.definitions.values(), ...index.unjudged, ...podNeeds(object, index)] : []),
    ...servicesOf(object).flatMap((service) => servedBy(service, index)),
    ...scaled(object, index),
  ]);
  found.delete(undefined);
  found.delete(object);
  return found as Set<KubernetesObject>;
}

/** Webhooks that judge an object, by the API groups in their rules; those that get their rules later may judge any. */
const judgesOf = (object: KubernetesObject, { webhooks }: Pick<Index, "webhooks">): KubernetesObject[] =>
  webhooks.filter((configuration) =>
    ((configuration.webhooks ?? []) as { rules?: { apiGroups?: string[] }[] }[]).some(
      ({ rules }) =>
        rules === undefined ||
        rules.some(({ apiGroups = [] }) => apiGroups.includes("*") || apiGroups.includes(groupOf(object))),
    ),
  );

type Found = (KubernetesObject | undefined)[];

const clusterWide = (index: Index, kind: string, name: unknown): Found =>
  typeof name === "string" ? [index.byKey.get(nameKey(kind, undefined, name))] : [];

const sameNamespace = (index: Index, { metadata }: KubernetesObject, kind: string, name: unknown): Found =>
  typeof name === "string" ? [index.byKey.get(nameKey(kind, metadata.namespace, name))] : [];

function bindingNeeds(object: KubernetesObject, index: Index): Found {
  const { kind, name } = (object.roleRef ?? {}) as { kind?: string; name?: string };
  const role = kind === "ClusterRole" ? clusterWide(index, kind, name) : sameNamespace(index, object, "Role", name);
  const accounts = subjects(object).map(({ name: account, namespace }) =>
    index.byKey.get(nameKey("ServiceAccount", namespace ?? object.metadata.namespace, account)),
  );
  return [...role, ...accounts];
}

const subjects = (object: KubernetesObject): { kind: string; name: string; namespace?: string }[] =>
  ((object.subjects ?? []) as { kind: string; name: string; namespace?: string }[]).filter(
    ({ kind }) => kind === "ServiceAccount",
  );

function podNeeds(object: KubernetesObject, index: Index): Found {
  const spec = podSpec(object);
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  return [
    ...sameNamespace(index, object, "ServiceAccount", account),
    ...(typeof account === "string" ? (index.bindings.get(`${object.metadata.namespace ?? ""}/${account}`) ?? []) : []),
    ...clusterWide(index, "RuntimeClass", spec.runtimeClassName),
    ...clusterWide(index, "PriorityClass", spec.priorityClassName),
    ...references(spec).flatMap(([kind, name]) => sameNamespace(index, object, kind, name)),
  ];
}

/** ConfigMaps, Secrets and claims that containers and volumes name, wherever they do. */
function references(value: unknown): [kind: string, name: unknown][] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as Fields).flatMap(([field, inner]): [string, unknown][] => {
    const names = (inner ?? {}) as Fields;
    if (field === "configMap" || field === "configMapRef" || field === "configMapKeyRef")
      return [["ConfigMap", names.name]];
    if (field === "secretRef" || field === "secretKeyRef") return [["Secret", names.name]];
    // A volume has `secretName`, a projected one `name`.
    if (field === "secret") return [["Secret", names.secretName ?? names.name]];
    if (field === "persistentVolumeClaim") return [["PersistentVolumeClaim", names.claimName]];
    return references(inner);
  });
}

interface ServiceReference {
  name: string;
  namespace?: string;
}

/** Services that the API server calls because of an object. */
function servicesOf(object: KubernetesObject): ServiceReference[] {
  const { kind, spec, webhooks } = object;
  if (kind === "APIService")
    return [(spec as { service?: ServiceReference }).service].filter((one) => one !== undefined);
  if (!isWebhookConfiguration(object)) return [];
  const clients = (webhooks ?? []) as { clientConfig?: { service?: ServiceReference } }[];
  return clients.map(({ clientConfig }) => clientConfig?.service).filter((one) => one !== undefined);
}

/** A service, and whatever has the pods that answer for it. */
function servedBy({ name, namespace }: ServiceReference, index: Index): KubernetesObject[] {
  const service = index.byKey.get(nameKey("Service", namespace, name));
  if (service === undefined) return [];
  const selector = ((service.spec ?? {}) as { selector?: Labels }).selector ?? {};
  const behind = (index.workloads.get(namespace ?? "") ?? []).filter((workload) =>
    matches(podLabels(workload), selector),
  );
  return [service, ...behind];
}

const matches = (labels: Labels, selector: Labels): boolean =>
  Object.keys(selector).length > 0 && Object.entries(selector).every(([label, value]) => labels[label] === value);

function scaled(object: KubernetesObject, index: Index): Found {
  const target = scaleTargetOf(object);
  return target === undefined ? [] : sameNamespace(index, object, target.kind, target.name);
}

function template(object: KubernetesObject): Fields {
  const path = TEMPLATES[object.kind] ?? [];
  return path.reduce<Fields>((fields, step) => (fields[step] ?? {}) as Fields, object);
}

const podSpec = (object: KubernetesObject): Fields => (template(object).spec ?? {}) as Fields;

const podLabels = (object: KubernetesObject): Labels =>
  (((template(object).metadata ?? {}) as Fields).labels ?? {}) as Labels;

function indexOf(objects: readonly KubernetesObject[]): Index {
  const bindings = new Map<string, KubernetesObject[]>();
  const workloads = new Map<string, KubernetesObject[]>();
  const add = (map: Map<string, KubernetesObject[]>, at: string, object: KubernetesObject): void => {
    map.set(at, [...(map.get(at) ?? []), object]);
  };
  for (const object of objects) {
    if (hasPods(object)) add(workloads, object.metadata.namespace ?? "", object);
    if (BINDINGS.includes(object.kind))
      for (const { namespace, name } of subjects(object))
        add(bindings, `${namespace ?? object.metadata.namespace ?? ""}/${name}`, object);
  }
  const definitions = new Map(
    objects.flatMap((object) => {
      const defined = definedBy(object);
      return defined === undefined ? [] : [[defined.groupKind, object] as const];
    }),
  );
  const webhooks = objects.filter(isWebhookConfiguration);
  return {
    byKey: new Map(
      objects
        .filter(isBuiltIn)
        .map((object) => [nameKey(object.kind, object.metadata.namespace, object.metadata.name), object]),
    ),
    definitions,
    bindings,
    workloads,
    webhooks,
    unjudged: objects.filter(
      (object) => definitions.has(groupKindOf(object)) && judgesOf(object, { webhooks }).length === 0,
    ),
  };
}

/** Other groups have kinds of the same names. */
const isBuiltIn = (object: KubernetesObject): boolean => {
  const group = groupOf(object);
  return !group.includes(".") || group.endsWith(".k8s.io");
};
