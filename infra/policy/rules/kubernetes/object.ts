import type { Resource } from "../../rule";
import { at, fields, items, text, type Value, type Values } from "../../values";

const TYPE = /^kubernetes:(?:(.*)\/)?(v[0-9a-z]+):([A-Za-z]+)$/;

/** Pulumi shortens the groups of Kubernetes' own kinds. */
const ownGroup = (group: string | undefined): string =>
  (group ?? "").replace(/\.k8s\.io$|\.authorization\.k8s\.io$/, "");

/** What a type's token says: `kubernetes:apps/v1:Deployment` is a Deployment of `apps`. Patches change what is there. */
export function kindOf(type: string): { group: string; kind: string } | undefined {
  const [, group, , kind] = TYPE.exec(type) ?? [];
  return kind === undefined ? undefined : { group: ownGroup(group), kind };
}

/** Types of some kinds, `Service` or `serving.knative.dev/Service`; without a group, one of Kubernetes' own. */
export const ofKinds = (...kinds: readonly string[]): ((type: string) => boolean) => {
  return (type) => {
    const found = kindOf(type);
    return found !== undefined && kinds.some((one) => isKind(found, one));
  };
};

function isKind({ group, kind }: { group: string; kind: string }, wanted: string): boolean {
  const [name, wantedGroup] = wanted.split("/").reverse();
  return name === kind && (wantedGroup === undefined ? !group.includes(".") : wantedGroup === group);
}

/** `Kind/namespace/name`, or `Kind/name` outside any namespace; `undefined` for what is no Kubernetes object. */
export function objectPath(resource: Resource): string | undefined {
  const kind = kindOf(resource.type)?.kind;
  if (kind === undefined) return undefined;
  const namespace = namespaceOf(resource);
  const name = text(at(resource.inputs, "metadata", "name")) ?? resource.name;
  return [kind, ...(namespace === undefined ? [] : [namespace]), name].join("/");
}

export const namespaceOf = ({ inputs }: Resource): string | undefined => text(at(inputs, "metadata", "namespace"));

/** Pods that an object starts. */
export interface Pods {
  annotations: Values;
  spec: Values;
  containers: readonly Container[];
}

export interface Container {
  name: string;
  spec: Values;
}

/** Where each kind has its pods. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

const KNATIVE_SERVICE = "serving.knative.dev/Service";
const FUNCTION = "core.openfunction.io/Function";

/** Kinds whose pods Kubernetes itself starts. */
export const WORKLOADS = Object.keys(TEMPLATES);

/** Kinds whose pods a controller of the platform starts, which resolves tags and adds sidecars. */
export const PLATFORM_WORKLOADS = [KNATIVE_SERVICE, FUNCTION];

export const onWorkloads = ofKinds(...WORKLOADS);
export const onAllPods = ofKinds(...WORKLOADS, ...PLATFORM_WORKLOADS);

/** The pods of an object of `onAllPods`. */
export function podsOf({ type, inputs }: Resource): Pods {
  const { group, kind } = kindOf(type) ?? { group: "", kind: "" };
  if (`${group}/${kind}` === FUNCTION) {
    const serving = at(inputs, "spec", "serving");
    return pods(fields(at(serving, "annotations")), fields(at(serving, "template")));
  }
  const path = `${group}/${kind}` === KNATIVE_SERVICE ? ["spec", "template"] : (TEMPLATES[kind] ?? []);
  const template = at(inputs, ...path);
  return pods(fields(at(template, "metadata", "annotations")), fields(at(template, "spec")));
}

const pods = (annotations: Values, spec: Values): Pods => ({
  annotations,
  spec,
  containers: ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    items(spec[list]).map((container: Value, index) => ({
      name: text(at(container, "name")) ?? `${list}[${index}]`,
      spec: fields(container),
    })),
  ),
});
