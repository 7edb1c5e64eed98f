import { createHash, randomBytes } from "node:crypto";
import { toKubernetes } from "./objects";
import { apiVersion, type Kind, namespaced } from "./tokens";
import { at, isObject, isSecret, isUnknown, type Properties, secret, textAt, type Value } from "./values";

export const AUTONAMED = "pulumi.com/autonamed";

export interface CheckInput {
  of: Kind;
  /** Logical name of the resource, the stem of a generated name. */
  name: string;
  olds: Properties;
  news: Properties;
  /** The engine's seed: the same seed gives the same name again. */
  seed: Uint8Array;
  /** Namespace of objects that name none. */
  defaultNamespace: () => string;
  /** Asks the cluster, for kinds that are not built in. Undefined: it does not know the kind (yet). */
  askNamespaced: () => Promise<boolean | undefined>;
}

export interface Failure {
  property: string;
  reason: string;
}

export interface Checked {
  inputs: Properties;
  failures: Failure[];
}

/**
 * The inputs with everything filled in that identifies the object: apiVersion, kind, name, namespace.
 *
 * Needs no network for built-in kinds, nor for an object that has been checked before.
 */
export async function checkInputs(input: CheckInput): Promise<Checked> {
  const failures = validate(input);
  if (failures.length > 0) return { inputs: input.news, failures };
  return { inputs: await fill(input), failures: [] };
}

function validate({ of, news }: CheckInput): Failure[] {
  const metadata = at(news, "metadata");
  const failures: Failure[] = [];
  const wants = (property: string, value: Value | undefined): void => {
    if (value === undefined || value === null || typeof value === "string" || isSecret(value)) return;
    failures.push({ property, reason: `must be text, not ${Array.isArray(value) ? "a list" : typeof value}` });
  };
  if (metadata !== undefined && metadata !== null && !isUnknown(metadata) && !isObject(metadata))
    failures.push({ property: "metadata", reason: `must be an object, not ${typeof metadata}` });
  wants("metadata.name", at(news, "metadata", "name"));
  wants("metadata.namespace", at(news, "metadata", "namespace"));
  if (at(news, "metadata", "generateName") !== undefined)
    failures.push({
      property: "metadata.generateName",
      reason: "is not possible with server-side apply; leave the name out to have one generated",
    });
  if (of.patch && !isUnknown(metadata) && (at(news, "metadata", "name") ?? "") === "")
    failures.push({ property: "metadata.name", reason: "a Patch resource must name the object that it patches" });
  for (const [key, wanted] of [
    ["apiVersion", apiVersion(of)],
    ["kind", of.kind],
  ] as const) {
    const given = news[key];
    if (typeof given === "string" && !isUnknown(given) && given !== wanted)
      failures.push({ property: key, reason: `is ${given}, but the resource's type says ${wanted}` });
  }
  return failures;
}

async function fill(input: CheckInput): Promise<Properties> {
  const { of, news } = input;
  const added: Properties = {};
  if (news.apiVersion === undefined) added.apiVersion = apiVersion(of);
  if (news.kind === undefined) added.kind = of.kind;
  if (of.group === "" && of.kind === "Secret")
    for (const key of ["data", "stringData"])
      if (news[key] !== undefined && !isSecret(news[key])) added[key] = secret(news[key]);
  const metadata = news.metadata;
  // An unknown or secret metadata cannot be added to; the real update fills it in.
  if (metadata === undefined || metadata === null || (!isSecret(metadata) && isObject(metadata))) {
    const filled = await fillMetadata(input, isObject(metadata) ? metadata : {});
    if (filled !== metadata) added.metadata = filled;
  }
  return toKubernetes(Object.keys(added).length === 0 ? news : { ...news, ...added });
}

async function fillMetadata(input: CheckInput, given: Properties): Promise<Properties> {
  let metadata = given;
  if ((metadata.name ?? "") === "") metadata = named(input, metadata);
  if ((metadata.namespace ?? "") === "") {
    const inNamespace = await isNamespaced(input);
    if (inNamespace) metadata = { ...metadata, namespace: input.defaultNamespace() };
    else if (metadata.namespace !== undefined) {
      const { namespace: _, ...rest } = metadata;
      metadata = rest;
    }
  }
  return metadata;
}

async function isNamespaced({ of, olds, askNamespaced }: CheckInput): Promise<boolean | undefined> {
  const known = namespaced(of);
  if (known !== undefined) return known;
  // Decided once, at the first check; asking again would cost every preview a round trip.
  if (textAt(olds, "kind") !== undefined) return textAt(olds, "metadata", "namespace") !== undefined;
  return askNamespaced();
}

function named(input: CheckInput, metadata: Properties): Properties {
  const { olds } = input;
  const before = textAt(olds, "metadata", "name");
  const keep = before !== undefined && textAt(olds, "metadata", "annotations", AUTONAMED) === "true";
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  return {
    ...metadata,
    name: keep ? before : generatedName(input),
    annotations: { ...annotations, [AUTONAMED]: "true" },
  };
}

/** Kubernetes object names may not be longer (DNS subdomain). */
const LONGEST_NAME = 253;

function generatedName({ name, seed }: CheckInput): string {
  const suffix = createHash("sha256")
    .update(seed.length > 0 ? seed : randomBytes(32))
    .digest("hex")
    .slice(0, 8);
  return `${name.toLowerCase().slice(0, LONGEST_NAME - suffix.length - 1)}-${suffix}`;
}
