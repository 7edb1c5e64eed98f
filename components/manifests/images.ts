import { ManifestError } from "./check";
import { hasPods } from "./needs";
import { describeObject, type KubernetesObject } from "./object";

/** What an image reference is replaced with; `undefined` for text that is no known image. */
export type ImageMap = (rendered: string) => string | undefined;

const PINNED = /@sha256:[0-9a-f]{64}$/;

/** `registry.example.org/repository:tag`, as controllers are told what to start. */
const REFERENCE = /^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?\/[\w./-]+[:@][\w.:@-]+$/;

/**
 * The objects with every known image, in containers and in what controllers are told to start, replaced.
 *
 * @param source what the objects are, for errors
 * @throws ManifestError when an image is neither known nor has a digest: names each
 */
export function withImages(objects: readonly KubernetesObject[], image: ImageMap, source: string): KubernetesObject[] {
  const known = new Set<string>();
  const noted: ImageMap = (rendered) => {
    const reference = image(rendered);
    if (reference !== undefined) known.add(reference);
    return reference;
  };
  // Definitions are large and name no image.
  const replaced = objects.map((object) =>
    object.kind === "CustomResourceDefinition" ? object : (mapped(object, noted) as KubernetesObject),
  );
  const problems = replaced.flatMap((object) =>
    imagesOf(object)
      .filter((reference) => !PINNED.test(reference) && !known.has(reference))
      .map((reference) => `${describeObject(object)}: image ${reference} has no known home or digest`),
  );
  if (problems.length > 0) throw new ManifestError(source, problems);
  return replaced;
}

function mapped(value: unknown, image: ImageMap): unknown {
  if (typeof value === "string") return image(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => mapped(item, image));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, mapped(inner, image)]));
}

/** Images that the pods of an object start, and that its controllers are told to start. */
export const imagesOf = (object: KubernetesObject): string[] => {
  const told = object.kind === "ConfigMap" ? object.data : undefined;
  return [...new Set(references(hasPods(object) ? object.spec : told))];
};

function references(value: unknown, field = ""): string[] {
  if (typeof value === "string") return field === "image" || REFERENCE.test(value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => references(item));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => references(inner, name));
}
