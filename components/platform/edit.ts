import { type KubernetesObject, ManifestError } from "../manifests";

type Fields = Record<string, unknown>;

/**
 * The objects with some fields of one of them set; maps are merged, anything else is replaced.
 *
 * @throws ManifestError when it is not there: the chart is not the one that this was written for
 */
export function withFields(
  objects: readonly KubernetesObject[],
  kind: string,
  name: string,
  fields: Fields,
): KubernetesObject[] {
  if (!objects.some(named(kind, name)))
    throw new ManifestError(`${kind} ${name}`, ["the chart has none, which this program has to change"]);
  return objects.map((object) => (named(kind, name)(object) ? (merged(object, fields) as KubernetesObject) : object));
}

const named =
  (kind: string, name: string) =>
  (object: KubernetesObject): boolean =>
    object.kind === kind && object.metadata.name === name;

const isMap = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function merged(into: Fields, fields: Fields): Fields {
  const result = { ...into };
  for (const [name, value] of Object.entries(fields)) {
    const old = into[name];
    result[name] = isMap(old) && isMap(value) ? merged(old, value) : value;
  }
  return result;
}
