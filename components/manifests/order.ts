import { describeObject, type KubernetesObject } from "./object";

/** What each object needs before it; every object is a key. */
export type Needs = ReadonlyMap<KubernetesObject, ReadonlySet<KubernetesObject>>;

/**
 * The objects with everything that one needs before it.
 *
 * @throws when two need each other
 */
export function inOrder(objects: readonly KubernetesObject[], needs: Needs): KubernetesObject[] {
  const ordered = new Set<KubernetesObject>();
  const visit = (object: KubernetesObject, path: readonly KubernetesObject[]): void => {
    if (ordered.has(object)) return;
    if (path.includes(object)) {
      const circle = [...path.slice(path.indexOf(object)), object].map(describeObject).join(" -> ");
      throw new Error(`these objects need each other, so none can be made first: ${circle}`);
    }
    for (const needed of needs.get(object) ?? []) visit(needed, [...path, object]);
    ordered.add(object);
  };
  for (const object of objects) visit(object, []);
  return [...ordered];
}

/** Bits in a word of a set. */
const WORD = 32;

/**
 * The needs without those that others of them have anyway: an order asks for no more, and what is said twice costs the
 * engine a line in the state each.
 *
 * @param ordered as `inOrder` gives them
 */
export function withoutImplied(ordered: readonly KubernetesObject[], needs: Needs): Needs {
  const place = new Map(ordered.map((object, index) => [object, index]));
  // What comes before each object, by place: a bit each.
  const before: Uint32Array[] = [];
  const words = Math.ceil(ordered.length / WORD);
  return new Map(
    ordered.map((object) => {
      const covered = new Uint32Array(words);
      const kept = new Set<KubernetesObject>();
      const places = [...needs.get(object)!].map((needed) => place.get(needed)!).sort((a, b) => b - a);
      for (const at of places) {
        const [word, bit] = [Math.floor(at / WORD), 1 << (at % WORD)];
        if ((covered[word]! & bit) !== 0) continue;
        kept.add(ordered[at]!);
        covered[word]! |= bit;
        const implied = before[at]!;
        for (let index = 0; index <= word; index += 1) covered[index]! |= implied[index]!;
      }
      before.push(covered);
      return [object, kept];
    }),
  );
}
