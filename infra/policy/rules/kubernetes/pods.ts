import type { Rule } from "../../rule";
import { at, fields, isMissing, isSurely, items, mayBe, text, texts, UNKNOWN } from "../../values";
import { SECRET_NAME } from "../secrets";
import { type Container, namespaceOf, ofKinds, onWorkloads, podsOf } from "./object";

/** What an ordinary container may add to its capabilities: it lets nobody out of the container. */
const HARMLESS_CAPABILITIES = ["NET_BIND_SERVICE"];

/** A rule about each container of a workload. */
const ofContainers =
  (judge: (container: Container) => string[]): Rule["judge"] =>
  (resource) =>
    podsOf(resource).containers.flatMap((container) =>
      judge(container).map((line) => `container ${container.name} ${line}`),
    );

const REQUESTED = ["cpu", "memory"];

export const podRules: readonly Rule[] = [
  {
    name: "kubernetes-privileged",
    description: "No container is privileged: it would be root on the machine.",
    level: "mandatory",
    remedy: "drop securityContext.privileged and add the one capability that is needed, or write a waiver",
    on: onWorkloads,
    judge: ofContainers(({ spec }) =>
      isSurely(at(spec, "securityContext", "privileged"), true) ? ["is privileged"] : [],
    ),
  },
  {
    name: "kubernetes-privileged-build",
    description: "Builds do without privileged steps.",
    level: "advisory",
    remedy: "leave the setting privilegedBuilds false: the step then has three capabilities only",
    on: ofKinds("shipwright.io/ClusterBuildStrategy", "shipwright.io/BuildStrategy"),
    judge: ({ inputs }) =>
      items(at(inputs, "spec", "buildSteps"))
        .filter((step) => isSurely(at(step, "securityContext", "privileged"), true))
        .map((step) => `step ${text(at(step, "name")) ?? "without a name"} is privileged`),
  },
  {
    name: "kubernetes-privilege-escalation",
    description: "Containers say that no process of theirs may gain privileges.",
    level: "advisory",
    remedy: "set securityContext.allowPrivilegeEscalation: false",
    on: onWorkloads,
    judge: ofContainers(({ spec }) =>
      mayBe(at(spec, "securityContext", "allowPrivilegeEscalation"), false)
        ? []
        : ["leaves allowPrivilegeEscalation as it is by default, true"],
    ),
  },
  {
    name: "kubernetes-capabilities",
    description: "No container adds capabilities that reach beyond it.",
    level: "mandatory",
    remedy: "leave them out of securityContext.capabilities.add, or write a waiver that says what they are for",
    on: onWorkloads,
    judge: ofContainers(({ spec }) =>
      texts(at(spec, "securityContext", "capabilities", "add"))
        .filter((capability) => !HARMLESS_CAPABILITIES.includes(capability.replace(/^CAP_/, "")))
        .map((capability) => `adds ${capability}`),
    ),
  },
  {
    name: "kubernetes-host-path",
    description: "No pod sees files of the machine.",
    level: "mandatory",
    remedy: "use an emptyDir, a ConfigMap or a PersistentVolumeClaim, or write a waiver that says what it is for",
    on: onWorkloads,
    judge: (resource) =>
      items(podsOf(resource).spec.volumes)
        .filter((volume) => !isMissing(at(volume, "hostPath")))
        .map(
          (volume) =>
            `volume ${text(at(volume, "name"))} is ${text(at(volume, "hostPath", "path")) ?? "a path"} of the machine`,
        ),
  },
  {
    name: "kubernetes-host-namespaces",
    description: "No pod is in the network, the processes or the IPC of the machine.",
    level: "mandatory",
    remedy: "drop hostNetwork, hostPID, hostIPC and hostPort, or write a waiver that says what they are for",
    on: onWorkloads,
    judge: (resource) => {
      const { spec, containers } = podsOf(resource);
      const shared = ["hostNetwork", "hostPID", "hostIPC"].filter((field) => isSurely(spec[field], true));
      const ports = containers.filter((container) =>
        items(container.spec.ports).some(
          (port) => !isMissing(at(port, "hostPort")) && !isSurely(at(port, "hostPort"), 0),
        ),
      );
      return [
        ...shared.map((field) => `pods set ${field}`),
        ...ports.map(({ name }) => `container ${name} takes a port of the machine`),
      ];
    },
  },
  {
    name: "kubernetes-requests",
    description: "Every container says what it needs, so that the scheduler does not put too much onto a machine.",
    level: "mandatory",
    remedy: "set resources.requests.cpu and resources.requests.memory",
    on: onWorkloads,
    judge: ofContainers(({ spec }) => {
      const { requests, limits } = fields(spec.resources);
      if (requests === UNKNOWN || spec.resources === UNKNOWN) return [];
      // Kubernetes takes a limit for the request where only that is given.
      const missing = REQUESTED.filter((name) => isMissing(at(requests, name)) && isMissing(at(limits, name)));
      return missing.length === 0 ? [] : [`requests no ${missing.join(" and no ")}`];
    }),
  },
  {
    name: "kubernetes-memory-limit",
    description: "Every container has a limit of memory, so that a leak ends it and not its neighbours.",
    level: "advisory",
    remedy: "set resources.limits.memory",
    on: onWorkloads,
    judge: ofContainers(({ spec }) =>
      isMissing(at(spec, "resources", "limits", "memory")) ? ["has no limit of memory"] : [],
    ),
  },
  {
    name: "kubernetes-root-user",
    description: "Pods do not run as root.",
    level: "advisory",
    remedy: "set runAsNonRoot: true in the securityContext of the pod or of each container",
    on: onWorkloads,
    judge: (resource) => {
      const { spec, containers } = podsOf(resource);
      return containers
        .filter((container) => {
          const own = at(container.spec, "securityContext", "runAsNonRoot");
          return !mayBe(isMissing(own) ? at(spec, "securityContext", "runAsNonRoot") : own, true);
        })
        .map(({ name }) => `container ${name} may run as root`);
    },
  },
  {
    name: "kubernetes-secret-in-environment",
    description: "No secret is written into a pod's own definition, where everyone who may look at pods reads it.",
    level: "mandatory",
    remedy: "put it into a Secret and name that with valueFrom.secretKeyRef",
    on: onWorkloads,
    judge: ofContainers(({ spec }) =>
      items(spec.env)
        .filter((variable) => SECRET_NAME.test(text(at(variable, "name")) ?? "") && !isMissing(at(variable, "value")))
        .map((variable) => `has the value of ${text(at(variable, "name"))} in the open`),
    ),
  },
  {
    name: "kubernetes-default-namespace",
    description: "Workloads have a namespace of their own.",
    level: "mandatory",
    remedy: "make a namespace and name it in metadata.namespace",
    on: onWorkloads,
    judge: (resource) =>
      (namespaceOf(resource) ?? (at(resource.inputs, "metadata", "namespace") === UNKNOWN ? "" : "default")) ===
      "default"
        ? ["it is in the namespace default"]
        : [],
  },
  {
    name: "kubernetes-one-replica",
    description: "What must not go down in production runs more than once.",
    level: "advisory",
    remedy: "set replicas to 2 or more, and let pods be spread over machines",
    on: ofKinds("Deployment"),
    judge: ({ inputs, production }) =>
      production && mayBe(at(inputs, "spec", "replicas") ?? 1, 1) && at(inputs, "spec", "replicas") !== UNKNOWN
        ? ["it has one replica: it is away while its machine or its pod is"]
        : [],
  },
];
