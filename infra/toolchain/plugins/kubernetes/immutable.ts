import type { Kind } from "./tokens";
import { at, type Properties } from "./values";

/** Paths are dotted; `[*]` stands for every element of a list. */
export interface Mutability {
  /** False (the official default): changed data makes a new ConfigMap, so that what reads it rolls. */
  configMaps: boolean;
  /** The same for Secrets. */
  secrets: boolean;
}

const IDENTITY = ["metadata.name", "metadata.namespace"];
const SELECTOR = ["spec.selector"];

const CONTAINER_FIELDS = [
  "args",
  "command",
  "env",
  "image",
  "imagePullPolicy",
  "lifecycle",
  "livenessProbe",
  "ports",
  "readinessProbe",
  "resources",
  "securityContext",
  "startupProbe",
  "stdin",
  "stdinOnce",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "tty",
  "volumeDevices",
  "volumeMounts",
  "workingDir",
];

const POD = [
  ...[
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
  ].map((field) => `spec.${field}`),
  ...["spec.containers[*]", "spec.initContainers[*]"].flatMap((path) =>
    CONTAINER_FIELDS.map((field) => `${path}.${field}`),
  ),
];

const IMMUTABLE: ReadonlyMap<string, readonly string[]> = new Map([
  ["apps/DaemonSet", SELECTOR],
  ["apps/Deployment", SELECTOR],
  ["apps/ReplicaSet", SELECTOR],
  ["apps/StatefulSet", [...SELECTOR, "spec.podManagementPolicy", "spec.serviceName", "spec.volumeClaimTemplates"]],
  ["batch/Job", [...SELECTOR, "spec.completions", "spec.parallelism", "spec.template"]],
  ["/PersistentVolume", ["spec.csi", "spec.hostPath", "spec.local", "spec.nfs", "spec.iscsi", "spec.fc"]],
  [
    "/PersistentVolumeClaim",
    [...SELECTOR, "spec.accessModes", "spec.storageClassName", "spec.volumeName", "spec.volumeMode"],
  ],
  ["/Pod", POD],
  ["/ResourceQuota", ["spec.scopes"]],
  ["/Secret", ["type"]],
  ["/Service", ["spec.clusterIP"]],
  ["apiextensions.k8s.io/CustomResourceDefinition", ["spec.group", "spec.scope"]],
  ["networking.k8s.io/IngressClass", ["spec.controller"]],
  ["node.k8s.io/RuntimeClass", ["handler"]],
  ["rbac.authorization.k8s.io/ClusterRoleBinding", ["roleRef"]],
  ["rbac.authorization.k8s.io/RoleBinding", ["roleRef"]],
  ["scheduling.k8s.io/PriorityClass", ["value", "preemptionPolicy"]],
  ["storage.k8s.io/StorageClass", ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"]],
]);

/** The fields of an object that cannot be changed in place: a change makes a new object. */
export function immutableFields(of: Kind, inputs: Properties, mutable: Mutability): readonly string[] {
  if (of.patch) return IDENTITY;
  const fields = [...IDENTITY, ...(IMMUTABLE.get(`${of.group}/${of.kind}`) ?? [])];
  if (of.group !== "") return fields;
  const frozen = at(inputs, "immutable") === true;
  if (of.kind === "ConfigMap" && (frozen || !mutable.configMaps)) fields.push("data", "binaryData");
  if (of.kind === "Secret" && (frozen || !mutable.secrets)) fields.push("data", "stringData");
  return fields;
}
