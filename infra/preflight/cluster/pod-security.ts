import type { KubernetesObject } from "../../../components/manifests";

/** Levels of the Pod Security Standards, the strictest last. */
export const podSecurityLevels = ["privileged", "baseline", "restricted"] as const;

export type PodSecurityLevel = (typeof podSecurityLevels)[number];

interface Context {
  privileged?: boolean;
  allowPrivilegeEscalation?: boolean;
  runAsNonRoot?: boolean;
  runAsUser?: number;
  procMount?: string;
  seccompProfile?: { type?: string };
  capabilities?: { add?: string[]; drop?: string[] };
}

interface Container {
  securityContext?: Context;
  ports?: { hostPort?: number }[];
}

interface PodSpec {
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  securityContext?: Context & { sysctls?: unknown[] };
  volumes?: Record<string, unknown>[];
  containers?: Container[];
  initContainers?: Container[];
}

/** What `baseline` lets pods add to their capabilities. */
const BASELINE_CAPABILITIES = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

const RESTRICTED_VOLUMES = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

/** The strictest level that lets a workload's pods in; `undefined` for what makes no pods. */
export function admittedUnder(object: KubernetesObject): PodSecurityLevel | undefined {
  const pod = podOf(object);
  if (pod === undefined) return undefined;
  if (!isBaseline(pod)) return "privileged";
  return isRestricted(pod) ? "restricted" : "baseline";
}

function podOf({ kind, spec }: KubernetesObject): PodSpec | undefined {
  if (kind === "Pod") return spec as PodSpec;
  const template = (kind === "CronJob" ? (spec as { jobTemplate?: { spec?: unknown } }).jobTemplate?.spec : spec) as
    | { template?: { spec?: PodSpec } }
    | undefined;
  const workloads = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"];
  return workloads.includes(kind) ? template?.template?.spec : undefined;
}

const containersOf = ({ containers = [], initContainers = [] }: PodSpec): Container[] => [
  ...initContainers,
  ...containers,
];

function isBaseline(pod: PodSpec): boolean {
  if (pod.hostNetwork || pod.hostPID || pod.hostIPC) return false;
  if (pod.securityContext?.seccompProfile?.type === "Unconfined") return false;
  if ((pod.securityContext?.sysctls ?? []).length > 0) return false;
  if (pod.volumes?.some((volume) => "hostPath" in volume)) return false;
  return containersOf(pod).every(({ ports = [], securityContext: own = {} }) => {
    const mount = own.procMount ?? "Default";
    const added = own.capabilities?.add ?? [];
    return (
      !own.privileged &&
      mount === "Default" &&
      own.seccompProfile?.type !== "Unconfined" &&
      ports.every(({ hostPort = 0 }) => hostPort === 0) &&
      added.every((capability) => BASELINE_CAPABILITIES.has(capability))
    );
  });
}

/** Beyond what `baseline` asks for. */
function isRestricted(pod: PodSpec): boolean {
  const { securityContext: common = {}, volumes = [] } = pod;
  const kinds = volumes.flatMap((volume) => Object.keys(volume).filter((key) => key !== "name"));
  if (!kinds.every((kind) => RESTRICTED_VOLUMES.has(kind))) return false;
  return containersOf(pod).every(({ securityContext: own = {} }) => {
    const { add = [], drop = [] } = own.capabilities ?? {};
    return (
      own.allowPrivilegeEscalation === false &&
      (own.runAsNonRoot ?? common.runAsNonRoot) === true &&
      (own.runAsUser ?? common.runAsUser) !== 0 &&
      (own.seccompProfile ?? common.seccompProfile)?.type !== undefined &&
      drop.includes("ALL") &&
      add.every((capability) => capability === "NET_BIND_SERVICE")
    );
  });
}
