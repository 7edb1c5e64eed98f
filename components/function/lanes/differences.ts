import type { Lane } from "../args";

/** One thing that a lane says otherwise than a plain Deployment does. */
export interface LaneDifference {
  /**
   * Where, as `template.spec.containers[function].ports`: below it everything may differ. `*` stands for one name.
   * `template` is the pods' template as the lane's controller gets it.
   */
  path: string;
  /** The lanes that differ there from the lane `direct`. */
  lanes: readonly Exclude<Lane, "direct">[];
  why: string;
}

const BOTH = ["knative", "openfunction"] as const;

/** All that differs between the lanes for the same arguments: nothing else may, and each of these does. */
export const laneDifferences: readonly LaneDifference[] = [
  {
    path: "template.spec.terminationGracePeriodSeconds",
    lanes: BOTH,
    why: "Knative refuses one: it waits as long as a request may take (timeoutSeconds)",
  },
  {
    path: "template.spec.containers[function].lifecycle",
    lanes: BOTH,
    why: "Knative refuses hooks: its own proxy drains requests before the module is stopped",
  },
  {
    path: "template.spec.topologySpreadConstraints",
    lanes: BOTH,
    why: "Knative 1.3.2 refuses them",
  },
  {
    path: "template.spec.securityContext",
    lanes: BOTH,
    why: "Knative refuses one of the whole pod without a flag; the user moves to the containers",
  },
  {
    path: "template.spec.containers[*].securityContext.runAsUser",
    lanes: BOTH,
    why: "the user of the whole pod, which Knative takes of a container only",
  },
  {
    path: "template.spec.containers[*].securityContext.allowPrivilegeEscalation",
    lanes: BOTH,
    why: "Knative 1.3.2 refuses the field; without capabilities there is nothing to escalate to",
  },
  {
    path: "template.spec.containers[function].env[PORT]",
    lanes: BOTH,
    why: "Knative sets it itself, to the same port, and refuses it from anybody else",
  },
  {
    path: "template.metadata.annotations.dapr.io/enabled",
    lanes: ["openfunction"],
    why: "OpenFunction's controller writes it, from openfunction.io/enable-dapr",
  },
  {
    path: "template.metadata.annotations.dapr.io/app-id",
    lanes: ["openfunction"],
    why: "OpenFunction's controller writes name and namespace, unless another one was asked for",
  },
  {
    path: "template.metadata.annotations.dapr.io/app-port",
    lanes: ["openfunction"],
    why: "OpenFunction's controller writes the function's port",
  },
  {
    path: "template.metadata.annotations.openfunction.io/enable-dapr",
    lanes: ["openfunction"],
    why: "tells OpenFunction's controller that the function has Dapr",
  },
  {
    path: "template.metadata.annotations.openfunction.io/dapr-service-mode",
    lanes: ["openfunction"],
    why: "tells OpenFunction's controller that Dapr is a sidecar, not its proxy",
  },
  {
    path: "template.metadata.annotations.autoscaling.knative.dev/target",
    lanes: BOTH,
    why: "requests at once are counted by Knative only; a plain Deployment follows processor time",
  },
  {
    path: "scale.cpuPercent",
    lanes: BOTH,
    why: "processor time is followed by a HorizontalPodAutoscaler only; Knative counts requests",
  },
  {
    path: "scale.min",
    lanes: BOTH,
    why: "a plain Deployment keeps one pod at least: nothing would wake it up; by default it has exactly one",
  },
  {
    path: "scale.max",
    lanes: BOTH,
    why: "without scale and replicas a plain Deployment has one pod, and Knative up to ten",
  },
  {
    path: "route.gateway",
    lanes: ["openfunction"],
    why: "OpenFunction's own Gateway, unless another one is named; it is what its webhook would fill in",
  },
  {
    path: "route.path",
    lanes: ["knative"],
    why: "Knative routes by names of its own domain, under which the function has every path",
  },
  {
    path: "build.image",
    lanes: BOTH,
    why: "a Job pushes under a tag of its own, by which the function rolls; Shipwright tells the digest that it pushed",
  },
  {
    path: "build.namespace",
    lanes: BOTH,
    why: "Shipwright builds where its Build is, beside the function; a Job is sent to a namespace that admits its step",
  },
  {
    path: "build.timeoutSeconds",
    lanes: BOTH,
    why: "a Job ends after ten minutes unless something else is said; Shipwright waits as long as its step takes",
  },
];
