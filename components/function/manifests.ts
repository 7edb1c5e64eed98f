import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DEFAULT_VARIANT, RUNTIME_CLASS, VARIANT_ANNOTATION } from "../wasm-runtime";
import { DEFAULTS, type FunctionProbe, type FunctionSpec } from "./args";

/** The name that OpenFunction looks for in a template, and gives when there is none. */
const CONTAINER = "function";

/** Anyone but root; a module needs no account of its own. */
const USER = 65532;

/** Seconds between two looks at a pod: it counts as ready within one of them. */
const READY_PERIOD = 1;

/** A pod that fails this long is started again; looked at seldom, as each look is a request to the module. */
const LIVE = { periodSeconds: 10, failureThreshold: 3 };

/** Seconds that the kubelet keeps for ending the process after draining; it never uses them when the image says SIGKILL. */
const END_SECONDS = 1;

const labels = (name: string): Record<string, string> => ({ "app.kubernetes.io/name": name });

/** The namespace of functions, closed to every pod that wants more than a module needs. */
export function functionNamespace(name: pulumi.Input<string>): k8s.core.v1.NamespaceArgs {
  return { metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } };
}

/** The Deployment that serves a function, with the pod fields that OpenFunction would set. */
export function functionDeployment(spec: FunctionSpec): k8s.apps.v1.DeploymentArgs {
  const { name, namespace } = spec;
  return {
    metadata: { name, namespace, labels: labels(name) },
    spec: {
      replicas: spec.replicas ?? DEFAULTS.replicas,
      selector: { matchLabels: labels(name) },
      // The old pod stays until the new one answers.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      revisionHistoryLimit: 3,
      template: {
        metadata: {
          labels: labels(name),
          annotations: { [VARIANT_ANNOTATION]: DEFAULT_VARIANT, ...spec.annotations },
        },
        spec: podSpec(spec),
      },
    },
  };
}

function podSpec(spec: FunctionSpec): k8s.types.input.core.v1.PodSpec {
  const { drainSeconds = DEFAULTS.drainSeconds, imageCredentials } = spec;
  return {
    runtimeClassName: spec.runtimeClassName ?? RUNTIME_CLASS,
    containers: [container(spec)],
    ...(imageCredentials === undefined ? {} : { imagePullSecrets: [{ name: imageCredentials }] }),
    terminationGracePeriodSeconds: drainSeconds + END_SECONDS,
    // A variable for each service of the namespace would only make every start slower.
    enableServiceLinks: false,
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: labels(spec.name) },
      },
    ],
  };
}

function container(spec: FunctionSpec): k8s.types.input.core.v1.Container {
  const { image, command, env = {}, port = DEFAULTS.port, drainSeconds = DEFAULTS.drainSeconds } = spec;
  const look = probeAction(spec.probe, port);
  return {
    name: CONTAINER,
    image,
    imagePullPolicy: spec.imagePullPolicy ?? "IfNotPresent",
    ...(command === undefined ? {} : { command }),
    env: [{ name: "PORT", value: text(port) }, ...Object.entries(env).map(([name, value]) => ({ name, value }))],
    ports: [{ containerPort: port, protocol: "TCP" }],
    resources: spec.resources ?? DEFAULTS.resources,
    readinessProbe: { ...look, periodSeconds: READY_PERIOD },
    livenessProbe: { ...look, ...LIVE },
    ...(drainSeconds === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: drainSeconds } } } }),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

function probeAction(probe: FunctionProbe | undefined, port: pulumi.Input<number>): k8s.types.input.core.v1.Probe {
  return probe?.path === undefined ? { tcpSocket: { port } } : { httpGet: { path: probe.path, port } };
}

/** The Service in front of a function's pods. */
export function functionService(spec: FunctionSpec): k8s.core.v1.ServiceArgs {
  const { name, namespace, service = {}, port = DEFAULTS.port } = spec;
  const { type = "ClusterIP", nodePort } = service;
  return {
    metadata: { name, namespace, labels: labels(name) },
    spec: {
      type,
      selector: labels(name),
      ports: [
        {
          name: "http",
          port: service.port ?? DEFAULTS.servicePort,
          targetPort: port,
          protocol: "TCP",
          ...(nodePort === undefined ? {} : { nodePort }),
        },
      ],
    },
  };
}

/** A plain number stays plain, so that a preview shows it. */
const text = (value: pulumi.Input<number>): pulumi.Input<string> =>
  typeof value === "number" ? String(value) : pulumi.output(value).apply(String);
