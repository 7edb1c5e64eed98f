import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { CONFINED } from "../manifests/confined";
import { DEFAULTS, type FunctionProbe, type FunctionVariable } from "./args";
import { daprAnnotations } from "./dapr";
import { type FunctionDescription, selectorLabels } from "./description";
import { field, isLogin, mapped } from "./values";

export type PodSpec = k8s.types.input.core.v1.PodSpec;
export type Container = k8s.types.input.core.v1.Container;

/** A pod as every lane would like to have it. */
export interface PodTemplate {
  metadata: { labels: Record<string, pulumi.Input<string>>; annotations: Record<string, pulumi.Input<string>> };
  spec: PodSpec & { containers: Container[] };
}

/** The name that OpenFunction looks for in a template, and gives when there is none. */
export const FUNCTION_CONTAINER = "function";

/** Anyone but root; a module needs no account of its own. */
export const USER = 65532;

/** Seconds that the kubelet keeps for ending the process after draining; it never uses them when the image says SIGKILL. */
const END_SECONDS = 1;

export const CONTAINER_SECURITY = CONFINED;

export const POD_SECURITY = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  seccompProfile: { type: "RuntimeDefault" },
};

/** The pods of a function, with everything that a plain Deployment may say of them. */
export function podTemplate(description: FunctionDescription): PodTemplate {
  const { spec, labels, annotations, pullSecret, runtimeClassName } = description;
  const { drainSeconds = DEFAULTS.drainSeconds, initContainers, sidecars = [], volumes = [] } = spec;
  const all = [...volumes.map(({ name, source }) => ({ name, ...source })), ...companionVolumes(description)];
  return {
    metadata: { labels, annotations: { ...annotations, ...daprAnnotations(description) } },
    spec: {
      runtimeClassName,
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(confined) }),
      containers: [functionContainer(description), ...sidecars.map(confined)],
      ...(all.length === 0 ? {} : { volumes: all }),
      ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
      terminationGracePeriodSeconds: drainSeconds + END_SECONDS,
      // A variable for each service of the namespace would only make every start slower.
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      securityContext: POD_SECURITY,
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: selectorLabels(spec.name) },
        },
      ],
    },
  };
}

function functionContainer(description: FunctionDescription): Container {
  const { spec, port } = description;
  const { image, command, args, env = {}, drainSeconds = DEFAULTS.drainSeconds, probes = {} } = spec;
  const { readiness, liveness } = probes;
  const envFrom = companionEnvironment(description);
  const mounts = [
    ...(spec.volumes ?? []).map(({ name, mountPath, subPath, readOnly = true }) => {
      return { name, mountPath, readOnly, ...field("subPath", subPath) };
    }),
    ...companionFiles(description).map(({ name, mountPath }) => ({ name, mountPath, readOnly: true })),
  ];
  return {
    name: FUNCTION_CONTAINER,
    image,
    imagePullPolicy: spec.imagePullPolicy ?? "IfNotPresent",
    ...field("command", command),
    ...field("args", args),
    env: [{ name: "PORT", value: mapped(port, String) }, ...Object.entries(env).map(variable)],
    ...(envFrom.length === 0 ? {} : { envFrom }),
    ports: [{ containerPort: port, protocol: "TCP" }],
    resources: spec.resources ?? DEFAULTS.resources,
    readinessProbe: probe(readiness, port, DEFAULTS.readiness),
    ...(liveness === false ? {} : { livenessProbe: probe(liveness, port, DEFAULTS.liveness) }),
    ...(drainSeconds === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: drainSeconds } } } }),
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
    securityContext: CONTAINER_SECURITY,
  };
}

/** Without privileges, unless it says otherwise: a namespace that enforces `restricted` would refuse the whole pod. */
const confined = (container: Container): Container => ({ securityContext: CONTAINER_SECURITY, ...container });

function variable([name, value]: [string, FunctionVariable]): k8s.types.input.core.v1.EnvVar {
  if (!isLogin<Exclude<FunctionVariable, pulumi.Input<string>>>(value)) return { name, value };
  const { key } = value;
  return "secret" in value
    ? { name, valueFrom: { secretKeyRef: { name: value.secret, key } } }
    : { name, valueFrom: { configMapKeyRef: { name: value.configMap, key } } };
}

function probe(
  { path, ...timing }: FunctionProbe = {},
  port: pulumi.Input<number>,
  defaults: FunctionProbe,
): k8s.types.input.core.v1.Probe {
  const action = path === undefined ? { tcpSocket: { port } } : { httpGet: { path, port } };
  return { ...action, ...defaults, ...timing };
}

function companionEnvironment({ spec, companions }: FunctionDescription): k8s.types.input.core.v1.EnvFromSource[] {
  const asVariables = (data: { mountPath?: string } | undefined): boolean =>
    data !== undefined && data.mountPath === undefined;
  return [
    ...(asVariables(spec.config) ? [{ configMapRef: { name: companions.config! } }] : []),
    ...(asVariables(spec.secrets) ? [{ secretRef: { name: companions.secrets! } }] : []),
  ];
}

/** Companions that are files: name of the volume, and where it is. */
function companionFiles({ spec }: FunctionDescription): { name: "config" | "secrets"; mountPath: string }[] {
  return (["config", "secrets"] as const).flatMap((name) => {
    const mountPath = spec[name]?.mountPath;
    return mountPath === undefined ? [] : [{ name, mountPath }];
  });
}

const companionVolumes = (description: FunctionDescription): k8s.types.input.core.v1.Volume[] =>
  companionFiles(description).map(({ name }) =>
    name === "config"
      ? { name, configMap: { name: description.companions.config! } }
      : { name, secret: { secretName: description.companions.secrets! } },
  );
