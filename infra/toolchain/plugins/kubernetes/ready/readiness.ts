import { at, numberAt, objectsAt, type Properties, textAt } from "../values";

/** Where an object stands on its way to being usable. */
export type Readiness =
  | { state: "ready" }
  | { state: "waiting"; reason: string }
  /** It will not get there by waiting. */
  | { state: "failed"; reason: string };

/** What else the answer depends on. */
export interface Related {
  /** EndpointSlices of a Service. */
  endpointSlices?: readonly Properties[];
  /** `volumeBindingMode` of a claim's StorageClass. */
  bindingMode?: string;
  /** When a Deployment had given up before it was waited for: no news of this rollout. */
  stuckSince?: string;
}

export type Judge = (live: Properties, related: Related) => Readiness;

const READY: Readiness = { state: "ready" };
const waiting = (reason: string): Readiness => ({ state: "waiting", reason });
const failed = (reason: string): Readiness => ({ state: "failed", reason });

/** The named condition of an object's status. */
export function condition(live: Properties, type: string): Properties | undefined {
  return objectsAt(live, "status", "conditions").find(
    (item) => textAt(item, "type")?.toLowerCase() === type.toLowerCase(),
  );
}

function conditionTrue(type: string): Judge {
  return (live) => {
    const found = condition(live, type);
    if (textAt(found, "status") === "True") return READY;
    return waiting(`${type} is ${textAt(found, "status") ?? "not reported"}${because(found)}`);
  };
}

const because = (of: Properties | undefined): string => {
  const text = textAt(of, "message") || textAt(of, "reason");
  return text ? `: ${text}` : "";
};

const observed = (live: Properties): boolean =>
  (numberAt(live, "status", "observedGeneration") ?? 0) >= (numberAt(live, "metadata", "generation") ?? 0);

const count = (live: Properties, ...keys: string[]): number => numberAt(live, ...keys) ?? 0;

/** When a Deployment's controller gave its rollout up; undefined: it did not. It still becomes available if its pods do. */
export function stuckSince(live: Properties): string | undefined {
  const progressing = condition(live, "Progressing");
  return textAt(progressing, "reason") === "ProgressDeadlineExceeded"
    ? (textAt(progressing, "lastTransitionTime") ?? "")
    : undefined;
}

const deployment: Judge = (live, related) => {
  if (at(live, "spec", "paused") === true) return READY;
  if (!observed(live)) return waiting("its controller has not seen the change yet");
  const stuck = stuckSince(live);
  if (stuck !== undefined && stuck !== related.stuckSince)
    return failed(`rollout stuck${because(condition(live, "Progressing"))}`);
  const wanted = numberAt(live, "spec", "replicas") ?? 1;
  const updated = count(live, "status", "updatedReplicas");
  if (updated < wanted) return waiting(`${updated} of ${wanted} replicas are updated`);
  const old = count(live, "status", "replicas") - updated;
  if (old > 0) return waiting(`${old} old replicas are still there`);
  const available = count(live, "status", "availableReplicas");
  return available >= wanted ? READY : waiting(`${available} of ${wanted} replicas are available`);
};

const statefulSet: Judge = (live) => {
  if (!observed(live)) return waiting("its controller has not seen the change yet");
  const wanted = numberAt(live, "spec", "replicas") ?? 1;
  const ready = count(live, "status", "readyReplicas");
  if (ready < wanted) return waiting(`${ready} of ${wanted} replicas are ready`);
  const strategy = textAt(live, "spec", "updateStrategy", "type") ?? "RollingUpdate";
  const partition = count(live, "spec", "updateStrategy", "rollingUpdate", "partition");
  if (strategy !== "RollingUpdate" || partition > 0) return READY;
  return textAt(live, "status", "currentRevision") === textAt(live, "status", "updateRevision")
    ? READY
    : waiting(`${count(live, "status", "updatedReplicas")} of ${wanted} replicas are updated`);
};

const daemonSet: Judge = (live) => {
  if (!observed(live)) return waiting("its controller has not seen the change yet");
  const wanted = count(live, "status", "desiredNumberScheduled");
  const updated = count(live, "status", "updatedNumberScheduled");
  if (textAt(live, "spec", "updateStrategy", "type") !== "OnDelete" && updated < wanted)
    return waiting(`${updated} of ${wanted} pods are updated`);
  const available = count(live, "status", "numberAvailable");
  return available >= wanted ? READY : waiting(`${available} of ${wanted} pods are available`);
};

const replicas: Judge = (live) => {
  if (!observed(live)) return waiting("its controller has not seen the change yet");
  const wanted = numberAt(live, "spec", "replicas") ?? 1;
  const available = count(live, "status", "availableReplicas");
  return available >= wanted ? READY : waiting(`${available} of ${wanted} replicas are available`);
};

const job: Judge = (live) => {
  const failure = condition(live, "Failed");
  if (textAt(failure, "status") === "True") return failed(`the job failed${because(failure)}`);
  if (textAt(condition(live, "Complete"), "status") === "True" || at(live, "spec", "suspend") === true) return READY;
  const wanted = numberAt(live, "spec", "completions") ?? 1;
  return waiting(`${count(live, "status", "succeeded")} of ${wanted} completions`);
};

const pod: Judge = (live) => {
  const phase = textAt(live, "status", "phase");
  if (phase === "Succeeded") return READY;
  if (phase === "Failed") return failed(`the pod failed${because(at(live, "status") as Properties)}`);
  const ready = condition(live, "Ready");
  return textAt(ready, "status") === "True" ? READY : waiting(`phase ${phase ?? "unknown"}${because(ready)}`);
};

/** Whether anything but the Service itself decides: then its endpoints have to be watched. */
export function needsEndpoints(service: Properties): boolean {
  const selector = at(service, "spec", "selector");
  const selects = typeof selector === "object" && selector !== null && Object.keys(selector).length > 0;
  return (
    selects && textAt(service, "spec", "clusterIP") !== "None" && textAt(service, "spec", "type") !== "ExternalName"
  );
}

const service: Judge = (live, related) => {
  const balanced = textAt(live, "spec", "type") === "LoadBalancer";
  if (balanced && objectsAt(live, "status", "loadBalancer", "ingress").length === 0)
    return waiting("no load balancer address yet; does this cluster have a load balancer controller?");
  if (!needsEndpoints(live)) return READY;
  const endpoints = (related.endpointSlices ?? []).flatMap((slice) => objectsAt(slice, "endpoints"));
  const ready = endpoints.filter((endpoint) => at(endpoint, "conditions", "ready") !== false);
  if (ready.length > 0) return READY;
  return waiting(
    endpoints.length > 0
      ? `none of its ${endpoints.length} pods is ready`
      : "it selects no pod; compare spec.selector with the labels of the pods",
  );
};

const phase =
  (...wanted: string[]): Judge =>
  (live) => {
    const now = textAt(live, "status", "phase");
    return now !== undefined && wanted.includes(now) ? READY : waiting(`phase ${now ?? "not reported"}`);
  };

const claim: Judge = (live, related) => {
  const now = textAt(live, "status", "phase");
  // Such a claim is bound when a pod uses it, and the pod may come later in the same program.
  if (now === "Pending" && related.bindingMode === "WaitForFirstConsumer") return READY;
  if (now === "Lost") return failed("the volume behind it is lost");
  return now === "Bound"
    ? READY
    : waiting(`phase ${now ?? "not reported"}; is there a StorageClass that can serve it?`);
};

const JUDGES: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ["/Namespace", phase("Active")],
  ["/PersistentVolume", phase("Available", "Bound")],
  ["/PersistentVolumeClaim", claim],
  ["/Pod", pod],
  ["/ReplicationController", replicas],
  ["/Service", service],
  ["apiextensions.k8s.io/CustomResourceDefinition", conditionTrue("Established")],
  ["apiregistration.k8s.io/APIService", conditionTrue("Available")],
  ["apps/DaemonSet", daemonSet],
  ["apps/Deployment", deployment],
  ["apps/ReplicaSet", replicas],
  ["apps/StatefulSet", statefulSet],
  ["batch/Job", job],
]);

/** How to tell that an object of the kind is usable; undefined: as soon as it exists. */
export const judgeOf = (group: string, kind: string): Judge | undefined => JUDGES.get(`${group}/${kind}`);
