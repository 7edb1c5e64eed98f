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
