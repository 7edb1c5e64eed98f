import { describeObject, identityOf, type KubernetesObject } from "./object";

/** Marks an object that Helm would make at another time than the rest. */
const HOOK = "helm.sh/hook";

/** Everything that is wrong with manifests. */
export class ManifestError extends Error {
  constructor(
    readonly source: string,
    readonly problems: readonly string[],
  ) {
    super(`${source} cannot be declared:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "ManifestError";
  }
}

/**
 * The objects of parsed manifests, lists taken apart, in their order.
 *
 * @param source what the manifests are, for errors: a chart's name, a file
 * @throws ManifestError with every problem at once: what is no object, is there twice, or is a hook
 */
export function objectsOf(manifests: readonly unknown[], source: string): KubernetesObject[] {
  const problems: string[] = [];
  const objects = manifests.flatMap((manifest) => flattened(manifest, problems));
  problems.push(...duplicates(objects), ...objects.flatMap(hookProblem));
  if (problems.length > 0) throw new ManifestError(source, problems);
  return objects;
}

function flattened(manifest: unknown, problems: string[]): KubernetesObject[] {
  const object = (manifest ?? {}) as Partial<KubernetesObject> & { items?: unknown };
  if (object.kind?.endsWith("List") && Array.isArray(object.items))
    return object.items.flatMap((item: unknown) => flattened(item, problems));
  if (isObject(object)) return [object];
  problems.push(`not a Kubernetes object, which has apiVersion, kind and metadata.name: ${excerpt(manifest)}`);
  return [];
}

const isObject = (object: Partial<KubernetesObject>): object is KubernetesObject =>
  typeof object.apiVersion === "string" && typeof object.kind === "string" && typeof object.metadata?.name === "string";

const excerpt = (content: unknown): string => {
  const text = JSON.stringify(content) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
};

function duplicates(objects: readonly KubernetesObject[]): string[] {
  const seen = new Set<string>();
  return objects.flatMap((object) => {
    const identity = identityOf(object);
    if (seen.has(identity)) return [`${describeObject(object)} is there twice`];
    seen.add(identity);
    return [];
  });
}

function hookProblem(object: KubernetesObject): string[] {
  const annotations = object.metadata.annotations as Record<string, string> | undefined;
  return annotations?.[HOOK] === undefined
    ? []
    : [`${describeObject(object)} is a Helm hook (${annotations[HOOK]}): render the chart without hooks`];
}
