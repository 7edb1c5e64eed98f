import type { KubernetesObject } from "./object";

interface Target {
  kind: string;
  name: string;
}

const idOf = (namespace: string | undefined, { kind, name }: Target): string => `${namespace ?? ""}/${kind}/${name}`;

/** The objects without a number of replicas where an autoscaler among them decides it: it would be set back each time. */
export function leftToAutoscalers(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const scaled = new Set(
    objects
      .filter(({ kind }) => kind === "HorizontalPodAutoscaler")
      .map(({ metadata, spec }) => idOf(metadata.namespace, (spec as { scaleTargetRef: Target }).scaleTargetRef)),
  );
  return objects.map((object) => {
    const { kind, metadata, spec } = object;
    if (!scaled.has(idOf(metadata.namespace, { kind, name: metadata.name }))) return object;
    const { replicas: _, ...rest } = spec as Record<string, unknown>;
    return { ...object, spec: rest };
  });
}
