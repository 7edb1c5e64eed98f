import { layerNamespaces } from "../../components/platform/layers";

/** Who need not keep some rules, and why. One that excuses nobody does no harm. */
export interface Waiver {
  /** `Kind/namespace/name` or `Kind/name` of an object, else the resource's name; `*` is anything but a slash. */
  resource: string;
  /** Names of rules. */
  rules: readonly string[];
  reason: string;
}

/** Namespaces of the platform's charts. */
const UPSTREAM = Object.values(layerNamespaces);

/** What charts of others leave to defaults. It is theirs to change: a wish there would drown those that can be kept. */
const HARDENING = ["kubernetes-memory-limit", "kubernetes-privilege-escalation", "kubernetes-root-user"];

const upstream: readonly Waiver[] = [
  ...UPSTREAM.map((namespace) => ({
    resource: `*/${namespace}/*`,
    rules: [...HARDENING, "kubernetes-requests", "kubernetes-one-replica"],
    reason: "pods of a chart, declared as its authors published them",
  })),
  ...UPSTREAM.map((namespace) => ({
    resource: `Namespace/${namespace}`,
    rules: ["kubernetes-pod-security"],
    reason: "the chart's pods meet no level that its authors would have stated; only their controllers run there",
  })),
  ...[
    "contour-contour",
    "dapr-operator-admin",
    "keda-operator",
    "knative-serving-core",
    "shipwright-build-controller",
    "tekton-pipelines-controller-tenant-access",
  ].map((role) => ({
    resource: `ClusterRole/${role}`,
    rules: ["kubernetes-every-secret"],
    reason: "the controller works for users of every namespace, and reads the Secrets that their objects name",
  })),
  ...["keda-operator", "keda-operator-external-metrics-reader"].map((role) => ({
    resource: `ClusterRole/${role}`,
    rules: ["kubernetes-wildcard-rights"],
    reason: "KEDA scales any kind that has a scale, and serves every external metric",
  })),
  ...["core", "namespaced-admin", "namespaced-edit", "namespaced-view"].map((role) => ({
    resource: `ClusterRole/knative-serving-${role}`,
    rules: ["kubernetes-wildcard-rights"],
    reason: "Knative's roles hold for all kinds of Knative's own groups",
  })),
  {
    resource: "RoleBinding/tekton-pipelines/tekton-pipelines-info",
    rules: ["kubernetes-anonymous-rights"],
    reason: "Tekton's version, in one ConfigMap, for its command line",
  },
];

const system: readonly Waiver[] = [
  {
    resource: "DaemonSet/kube-system/kube-proxy",
    rules: [
      ...HARDENING,
      "kubernetes-privileged",
      "kubernetes-host-path",
      "kubernetes-host-namespaces",
      "kubernetes-requests",
    ],
    reason: "as kubeadm has it: it writes the machine's own packet filter, and is there before anything is scheduled",
  },
  {
    resource: "DaemonSet/kube-system/kube-flannel",
    rules: [...HARDENING, "kubernetes-host-path", "kubernetes-host-namespaces", "kubernetes-capabilities"],
    reason: "it makes the link between machines, with two capabilities and the lock of iptables",
  },
  {
    resource: "Deployment/kube-system/coredns",
    rules: [...HARDENING, "kubernetes-one-replica"],
    reason:
      "as kubeadm has it: its user is the image's, it may bind port 53 and nothing else; one per machine is enough",
  },
];

const builds: readonly Waiver[] = ["builds", "function-builds"].map((namespace) => ({
  resource: `Job/${namespace}/*`,
  rules: [...HARDENING, "kubernetes-privileged", "kubernetes-capabilities"],
  reason:
    "buildah makes a user namespace of its own, with three capabilities, or all with the setting privilegedBuilds",
}));

const delivery: readonly Waiver[] = [
  {
    resource: "DaemonSet/ofwasm-runtime/*",
    rules: [...HARDENING, "kubernetes-privileged", "kubernetes-host-namespaces"],
    reason: "it changes the machine under it, in the namespaces of the machine's first process",
  },
];

const functions: readonly Waiver[] = [
  {
    resource: "Deployment/functions/http-server",
    rules: ["kubernetes-image-digest"],
    reason: "the sample as its user pushed it to imagePrefix, under its version: no digest is known here",
  },
];

/** Every exception from the rules. */
export const waivers: readonly Waiver[] = [...upstream, ...system, ...builds, ...delivery, ...functions];
