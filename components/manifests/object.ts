/** One Kubernetes object as a chart or a file declares it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string } & Record<string, unknown>;
  [field: string]: unknown;
}

/** API group of an object; empty for the core group. */
export const groupOf = ({ apiVersion }: Pick<KubernetesObject, "apiVersion">): string =>
  apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "";

/** What tells kinds apart: those of other groups have the same names. */
export const groupKindOf = (object: Pick<KubernetesObject, "apiVersion" | "kind">): string =>
  `${groupOf(object)}/${object.kind}`;

/** What a CustomResourceDefinition defines; `undefined` for any other object. */
export function definedBy({ kind, spec }: KubernetesObject): { groupKind: string; scope: string } | undefined {
  if (kind !== "CustomResourceDefinition") return undefined;
  const { group, names, scope } = spec as { group: string; names: { kind: string }; scope: string };
  return { groupKind: `${group}/${names.kind}`, scope };
}

export const isWebhookConfiguration = ({ kind }: Pick<KubernetesObject, "kind">): boolean =>
  kind === "MutatingWebhookConfiguration" || kind === "ValidatingWebhookConfiguration";

/** What an autoscaler scales; `undefined` for any other object. */
export const scaleTargetOf = ({ kind, spec }: KubernetesObject): { kind: string; name: string } | undefined =>
  kind === "HorizontalPodAutoscaler"
    ? (spec as { scaleTargetRef?: { kind: string; name: string } } | undefined)?.scaleTargetRef
    : undefined;

/** An object as others name it: by kind and name, in a namespace or in none. */
export const nameKey = (kind: string, namespace: string | undefined, name: string): string =>
  `${kind}/${namespace ?? ""}/${name}`;

/** How people speak of an object: `Deployment tekton-pipelines/webhook`. */
export const describeObject = ({ kind, metadata }: Pick<KubernetesObject, "kind" | "metadata">): string =>
  `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;

/** What tells objects of a cluster apart, whichever version of their API they are written in. */
export const identityOf = (object: Pick<KubernetesObject, "apiVersion" | "kind" | "metadata">): string =>
  JSON.stringify([groupOf(object), object.kind, object.metadata.namespace ?? "", object.metadata.name]);

/** The Pulumi type of an object. */
export const typeToken = ({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">): string =>
  `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;

/**
 * The name of an object's resource below a component. The type says the kind, so namespace and name are enough, and
 * what else is in the chart, or in which order, does not matter.
 */
export const resourceName = (prefix: string, { metadata }: Pick<KubernetesObject, "metadata">): string =>
  `${prefix}:${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;

/** A namespace to declare with the objects in it. */
export const namespaceObject = (name: string, labels?: Readonly<Record<string, string>>): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, ...(labels === undefined ? {} : { labels }) },
});
