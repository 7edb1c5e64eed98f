import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../../components/manifests";
import { upstreamMirror } from "./upstream";

const CHART = "openfunction-v1.2.0-v0.7.0.tgz";

/** Files of OpenFunction's chart with the definitions of kinds that functions are made of. */
const FILES = [
  "openfunction/crds/function.yaml",
  "openfunction/charts/knative-serving/crds/serving.yaml",
  "openfunction/charts/shipwright-build/crds/build-crd.yaml",
  "openfunction/charts/shipwright-build/crds/buildrun-crd.yaml",
  "openfunction/charts/dapr/crds/components.yaml",
];

interface Version {
  name: string;
  schema: { openAPIV3Schema: Schema };
}

export interface Schema {
  properties?: Readonly<Record<string, Schema>>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
}

/** Upstream's definitions of kinds, from the mirror. None converts: no webhook of theirs runs in tests. */
export function upstreamDefinitions(): KubernetesObject[] {
  const chart = join(upstreamMirror(), "charts", CHART);
  return FILES.flatMap((file) => {
    const text = execFileSync("tar", ["-xzOf", chart, file], { encoding: "utf8", maxBuffer: 1 << 28 });
    return parseAllDocuments(text)
      .map((document) => document.toJS() as KubernetesObject | null)
      .filter((object): object is KubernetesObject => object?.kind === "CustomResourceDefinition")
      .map(withoutConversion);
  });
}

function withoutConversion(object: KubernetesObject): KubernetesObject {
  const { conversion: _, ...spec } = object.spec as Record<string, unknown>;
  const { status: __, ...rest } = object;
  return { ...rest, spec } as KubernetesObject;
}

/** The schema of one version of a kind. */
export function schemaOf(
  definitions: readonly KubernetesObject[],
  kind: string,
  group: string,
  version: string,
): Schema {
  const found = definitions
    .map(({ spec }) => spec as { group: string; names: { kind: string }; versions: Version[] })
    .find((spec) => spec.names.kind === kind && spec.group === group)
    ?.versions.find(({ name }) => name === version);
  if (found === undefined) throw new Error(`no definition of ${kind} in ${group}/${version}`);
  return found.schema.openAPIV3Schema;
}

/** Paths of fields that a schema does not name, whether it would keep them or not. */
export function undeclared(schema: Schema, value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => undeclared(schema.items ?? {}, one, `${path}[]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => {
    const { properties, additionalProperties } = schema;
    const inside = properties?.[name] ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
    if (inside !== undefined) return undeclared(inside, one, `${path}.${name}`);
    // An object without any properties is a free one.
    return properties === undefined ? [] : [`${path}.${name}`];
  });
}
