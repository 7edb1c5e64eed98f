import { type KubernetesObject, nameKey, scaleTargetOf } from "./object";

/** The objects without a number of replicas where an autoscaler among them decides it: it would be set back each time. */
export function leftToAutoscalers(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const scaled = new Set(
    objects.flatMap((object) => {
      const target = scaleTargetOf(object);
      return target === undefined ? [] : [nameKey(target.kind, object.metadata.namespace, target.name)];
    }),
  );
  return objects.map((object) => {
    const { kind, metadata, spec } = object;
    if (!scaled.has(nameKey(kind, metadata.namespace, metadata.name))) return object;
    const { replicas: _, ...rest } = spec as Record<string, unknown>;
    return { ...object, spec: rest };
  });
}
