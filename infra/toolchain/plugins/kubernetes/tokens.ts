import type { Properties } from "./values";

/** What a resource type token says about the object. */
export interface Kind {
  /** Empty for the core group. */
  group: string;
  version: string;
  kind: string;
  /** True for `…Patch` resources: they own some fields of an object that somebody else made. */
  patch: boolean;
}

/** The plugin to use for what this one does not do. */
export const OFFICIAL = "the official plugin `pulumi-resource-kubernetes` does; put it in place of this one";

const REFUSED: ReadonlyMap<string, string> = new Map([
  ["helm.sh", "Helm releases and charts"],
  ["yaml", "YAML files and groups"],
  ["yaml/v2", "YAML files and groups"],
  ["kustomize", "Kustomize directories"],
  ["kustomize/v2", "Kustomize directories"],
]);

/** API groups of Kubernetes itself; everything else comes from a CustomResourceDefinition or an aggregated API. */
const BUILT_IN_GROUPS = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "auditregistration.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "extensions",
  "flowcontrol.apiserver.k8s.io",
  "internal.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
  "storagemigration.k8s.io",
]);

/** Kinds of the built-in groups that live outside any namespace. */
const CLUSTER_SCOPED = new Set([
  "APIService",
  "CSIDriver",
  "CSINode",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "ClusterTrustBundle",
  "ComponentStatus",
  "CustomResourceDefinition",
  "DeviceClass",
  "DeviceTaintRule",
  "FlowSchema",
  "IPAddress",
  "IngressClass",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PodSecurityPolicy",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "ResourceSlice",
  "RuntimeClass",
  "SelfSubjectAccessReview",
  "SelfSubjectReview",
  "SelfSubjectRulesReview",
  "ServiceCIDR",
  "StorageClass",
  "StorageVersion",
  "StorageVersionMigration",
  "SubjectAccessReview",
  "TokenReview",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
  "VolumeAttributesClass",
]);

export const apiVersion = (of: Pick<Kind, "group" | "version">): string =>
  of.group === "" ? of.version : `${of.group}/${of.version}`;

export const isBuiltIn = (of: Pick<Kind, "group">): boolean => BUILT_IN_GROUPS.has(of.group);

/** Whether objects of the kind live in a namespace; undefined when only the cluster knows. */
export function namespaced(of: Pick<Kind, "group" | "kind">): boolean | undefined {
  return isBuiltIn(of) ? !CLUSTER_SCOPED.has(of.kind) : undefined;
}

/**
 * Reads a type token, `kubernetes:core/v1:ConfigMap` or `kubernetes:example.com/v1:Thing`.
 *
 * @param inputs tells a `…Patch` resource from a kind whose own name ends so
 * @throws for what this plugin does not do, naming what does
 */
export function parseToken(token: string, inputs?: Properties): Kind {
  const [pkg, module, name] = token.split(":");
  if (pkg !== "kubernetes" || !module || !name)
    throw new Error(`${token}: not a type of the kubernetes package; expected kubernetes:GROUP/VERSION:Kind`);
  const refused = REFUSED.get(module) ?? REFUSED.get(module.split("/")[0]!);
  if (refused) throw new Error(`${token}: this embedded plugin does not do ${refused}; ${OFFICIAL}`);
  const slash = module.indexOf("/");
  const group = slash < 0 ? "" : module.slice(0, slash);
  const version = slash < 0 ? module : module.slice(slash + 1);
  const of = { group: group === "core" ? "" : group, version };
  if (isBuiltIn(of) && name.endsWith("List"))
    throw new Error(`${token}: a list is not an object of its own; declare the objects in it one by one`);
  const declared = inputs?.kind;
  const patch = name.endsWith("Patch") && (typeof declared === "string" ? name === `${declared}Patch` : isBuiltIn(of));
  return { ...of, kind: patch ? name.slice(0, -"Patch".length) : name, patch };
}
