import { definedBy, groupKindOf, type KubernetesObject } from "./object";

/** Kinds of Kubernetes' own groups that live outside any namespace and that charts have. */
const CLUSTER_SCOPED = new Set([
  "APIService",
  "CSIDriver",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "PersistentVolume",
  "PriorityClass",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
]);

/**
 * The objects with the namespace that Helm would put them in where they name none themselves, and those outside any
 * namespace without.
 *
 * @param clusterScoped kinds outside any namespace whose definition is not among the objects
 */
export function placeIn(
  namespace: string,
  objects: readonly KubernetesObject[],
  clusterScoped: readonly string[] = [],
): KubernetesObject[] {
  const outside = new Set([...CLUSTER_SCOPED, ...clusterScoped]);
  const scopes = new Map(
    objects
      .map(definedBy)
      .filter((defined) => defined !== undefined)
      .map(({ groupKind, scope }) => [groupKind, scope]),
  );
  return objects.map((object) => {
    const scope = scopes.get(groupKindOf(object));
    const isOutside = scope === undefined ? outside.has(object.kind) : scope === "Cluster";
    const { namespace: own, ...metadata } = object.metadata;
    // Some charts give one to what has none.
    return { ...object, metadata: isOutside ? metadata : { ...metadata, namespace: own ?? namespace } };
  });
}
