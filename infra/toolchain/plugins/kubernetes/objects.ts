import { at, equal, isObject, markSecrets, type Properties, plainObject, secret, textAt, type Value } from "./values";

/** Keys beside the live object in a resource's state; the official plugin reads and writes the same. */
const INPUTS = "__inputs";
const INITIAL_API_VERSION = "__initialApiVersion";
const FIELD_MANAGER = "__fieldManager";

/** The marker that makes an existing object ours: its value is the stack that made it. */
export const STACK_MARKER = "ofwasm.dev/stack";

/** The SDK cannot name a property with dashes. */
const DASHED = new Map(
  [
    "x_kubernetes_embedded_resource",
    "x_kubernetes_int_or_string",
    "x_kubernetes_list_map_keys",
    "x_kubernetes_list_type",
    "x_kubernetes_map_type",
    "x_kubernetes_preserve_unknown_fields",
    "x_kubernetes_validations",
  ].map((name) => [name, name.replaceAll("_", "-")]),
);
const UNDERSCORED = new Map([...DASHED].map(([from, to]) => [to, from]));

function renameKeys(value: Value, names: ReadonlyMap<string, string>): Value {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, names));
  if (!isObject(value)) return value;
  const result: Properties = {};
  for (const key of Object.keys(value)) result[names.get(key) ?? key] = renameKeys(value[key]!, names);
  return result;
}

const CRD = "CustomResourceDefinition";

/** The object in Kubernetes' own spelling; only schemas in definitions have another one in the SDK. */
export const toKubernetes = (object: Properties): Properties =>
  object.kind === CRD ? (renameKeys(object, DASHED) as Properties) : object;

/** The object to send to the API server: inputs without marks, in Kubernetes' own spelling. */
export const toObject = (inputs: Properties): Properties => toKubernetes(plainObject(inputs));

const fromObject = (object: Properties): Properties =>
  object.kind === CRD ? (renameKeys(object, UNDERSCORED) as Properties) : object;

const isSecretKind = (object: Properties): boolean => object.kind === "Secret" && object.apiVersion === "v1";

/** `namespace/name`, or `name` outside namespaces. */
export function objectId(object: Properties): string {
  const namespace = textAt(object, "metadata", "namespace");
  const name = textAt(object, "metadata", "name") ?? "";
  return namespace ? `${namespace}/${name}` : name;
}

export function parseId(id: string): { namespace?: string; name: string } {
  const slash = id.indexOf("/");
  return slash < 0 ? { name: id } : { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}

/** What people call the object: `Deployment default/web`. */
export const describe = (kind: string, id: string): string => `${kind} ${id}`;

/** A resource's state: the live object, with the inputs that made it, secret where they are. */
export function toState(live: Properties, inputs: Properties, manager: string, initialApiVersion?: string): Properties {
  const { managedFields: _, ...metadata } = (at(live, "metadata") ?? {}) as Properties;
  const object = fromObject({ ...live, metadata });
  const state = markSecrets(object, inputs) as Properties;
  if (isSecretKind(live))
    for (const key of ["data", "stringData"]) if (state[key] !== undefined) state[key] = secret(state[key]);
  state[INPUTS] = inputs;
  state[INITIAL_API_VERSION] = initialApiVersion ?? textAt(inputs, "apiVersion") ?? textAt(live, "apiVersion") ?? "";
  state[FIELD_MANAGER] = manager;
  return state;
}

/** The live object that a state holds, as last seen, in Kubernetes' own spelling and without marks. */
export function liveOf(state: Properties): Properties {
  const { [INPUTS]: _, [INITIAL_API_VERSION]: __, [FIELD_MANAGER]: ___, ...live } = state;
  return toObject(live);
}

export const managerOf = (state: Properties | undefined): string | undefined => textAt(state, FIELD_MANAGER);
export const initialApiVersionOf = (state: Properties | undefined): string | undefined =>
  textAt(state, INITIAL_API_VERSION);
export const inputsOf = (state: Properties): Properties => (isObject(state[INPUTS]) ? state[INPUTS] : {});

/**
 * The inputs as the cluster has them now: what we set and nobody touched stays as we wrote it, what somebody
 * changed shows the change.
 *
 * Compared with the object as last seen, not with the inputs: the server spells values its own way (`1000m` is
 * `1`) and fills in defaults, and neither is a change.
 */
export function refreshInputs(inputs: Properties, seen: Properties, live: Properties): Properties {
  const before = withStringData(seen, inputs);
  const now = withStringData(live, inputs);
  return merge(toObject(inputs), before, now) as Properties;
}

function merge(input: Value, before: Value | undefined, now: Value | undefined): Value | undefined {
  if (equal(before, now)) return input;
  if (isObject(input) && isObject(now)) {
    const result: Properties = {};
    for (const key of Object.keys(input)) {
      const value = merge(input[key]!, at(before, key), now[key]);
      if (value !== undefined) result[key] = value;
    }
    return result;
  }
  if (Array.isArray(input) && Array.isArray(now) && Array.isArray(before) && now.length === before.length)
    return input.length === now.length
      ? input.map((item, index) => merge(item, before[index], now[index]) ?? null)
      : now;
  return now;
}

/** Secrets are written as `stringData` and read as `data`. */
function withStringData(object: Properties, inputs: Properties): Properties {
  const names = at(toObject(inputs), "stringData");
  const data = at(object, "data");
  if (!isSecretKind(object) || !isObject(names) || !isObject(data)) return object;
  const stringData: Properties = {};
  for (const key of Object.keys(names))
    if (typeof data[key] === "string") stringData[key] = Buffer.from(data[key], "base64").toString("utf8");
  return { ...object, stringData };
}

const SERVER_METADATA = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "selfLink",
  "uid",
];
const SERVER_ANNOTATIONS = ["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];

/**
 * Inputs for an object that we did not make (import): the fields that somebody applied, when the object says so,
 * else everything but what the server fills in.
 */
export function importedInputs(live: Properties): Properties {
  const { status: _, ...object } = live;
  const metadata: Properties = { ...(isObject(live.metadata) ? live.metadata : {}) };
  for (const key of SERVER_METADATA) delete metadata[key];
  if (isObject(metadata.annotations)) {
    const annotations = { ...metadata.annotations };
    for (const key of SERVER_ANNOTATIONS) delete annotations[key];
    metadata.annotations = annotations;
    if (Object.keys(annotations).length === 0) delete metadata.annotations;
  }
  if (isObject(metadata.labels) && live.kind === "Namespace") {
    const { "kubernetes.io/metadata.name": __, ...labels } = metadata.labels;
    metadata.labels = labels;
    if (Object.keys(labels).length === 0) delete metadata.labels;
  }
  const whole = { ...object, metadata };
  return appliedPart(whole, live) ?? whole;
}

function appliedPart(object: Properties, live: Properties): Properties | undefined {
  const managers = at(live, "metadata", "managedFields");
  if (!Array.isArray(managers)) return undefined;
  const applied = managers.filter((entry) => textAt(entry, "operation") === "Apply" && !textAt(entry, "subresource"));
  if (applied.length === 0) return undefined;
  const parts = applied.map((entry) => owned(object, at(entry, "fieldsV1")));
  const { name, namespace } = object.metadata as Properties;
  const identity: Properties = {
    apiVersion: object.apiVersion!,
    kind: object.kind!,
    metadata: namespace === undefined ? { name: name! } : { name: name!, namespace },
  };
  return parts.reduce<Properties>((sum, part) => overlay(sum, part) as Properties, identity);
}

function overlay(a: Value | undefined, b: Value | undefined): Value | undefined {
  if (!isObject(a) || !isObject(b)) return b ?? a;
  const result: Properties = { ...a };
  for (const key of Object.keys(b)) result[key] = overlay(a[key], b[key])!;
  return result;
}

/** The part of an object that a `fieldsV1` set names. */
export function owned(value: Value | undefined, fields: Value | undefined): Value | undefined {
  if (!isObject(fields) || value === undefined) return undefined;
  const names = Object.keys(fields).filter((name) => name !== ".");
  if (names.length === 0) return value;
  if (Array.isArray(value)) {
    const kept = value.filter((item) => names.some((name) => namesItem(name, item)));
    return kept.map((item) => {
      const name = names.find((candidate) => namesItem(candidate, item))!;
      return owned(item, fields[name]) ?? item;
    });
  }
  if (!isObject(value)) return value;
  const result: Properties = {};
  for (const name of names) {
    if (!name.startsWith("f:")) continue;
    const part = owned(value[name.slice(2)], fields[name]);
    if (part !== undefined) result[name.slice(2)] = part;
  }
  return result;
}

function namesItem(name: string, item: Value): boolean {
  if (name.startsWith("v:")) return equal(JSON.parse(name.slice(2)) as Value, item);
  if (!name.startsWith("k:") || !isObject(item)) return false;
  return Object.entries(JSON.parse(name.slice(2)) as Properties).every(([key, value]) => equal(item[key], value));
}
