import type { Properties } from "./values";

/** Finalizers that Kubernetes takes off by itself, and what it does that after. */
const OWN: ReadonlyMap<string, string> = new Map([
  ["foregroundDeletion", "what it owns to go"],
  ["orphan", "what it owns to be let go"],
  ["customresourcecleanup.apiextensions.k8s.io", "the objects of its kind to go"],
  ["kubernetes.io/pvc-protection", "the pods that use it to end"],
  ["kubernetes.io/pv-protection", "the claim on it to go"],
  ["service.kubernetes.io/load-balancer-cleanup", "its load balancer to go"],
]);

/** What the deletion of an object waits for, in words for the user. */
export function awaitedBy(object: Properties): string {
  const found = (object.metadata as Properties | undefined)?.finalizers;
  const finalizers = Array.isArray(found) ? found.map(String) : [];
  const foreign = finalizers.filter((name) => !OWN.has(name));
  const waits = [
    ...finalizers.flatMap((name) => OWN.get(name) ?? []),
    ...(foreign.length > 0 ? [`finalizers: ${foreign.join(", ")}; is their controller running?`] : []),
  ];
  return `waiting for ${waits.length > 0 ? waits.join(", and for ") : "it to end"}`;
}
