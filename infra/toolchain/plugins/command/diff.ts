import {
  type DiffResult,
  isList,
  isMap,
  type PropertyDiff,
  type PropertyMap,
  type PropertyValue,
  reveal,
  SIGNATURE,
  sameValue,
} from "../host";

/** Inputs whose change makes a new resource; every other change is an update. */
const REPLACING = "triggers";

/**
 * Compares inputs: any change is an update that runs `update`, or `create` again; triggers replace.
 *
 * That holds for `connection` too, as with the official plugin: a new key or dial limit runs the command again,
 * so commands must be idempotent.
 */
export function diffInputs(before: PropertyMap, after: PropertyMap): DiffResult {
  // Only what is in them counts; the engine hides secrets by path when it shows the difference.
  const [olds, news] = [reveal(before), reveal(after)];
  const detailed: Record<string, PropertyDiff> = {};
  for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    if (key === "version" || key.startsWith("__")) continue;
    compare(key, olds[key], news[key], key === REPLACING, detailed);
  }
  const replaces = Object.keys(detailed).some((path) => detailed[path]?.kind.endsWith("-replace"));
  return {
    changes: Object.keys(detailed).length > 0 ? "some" : "none",
    replaces: replaces ? [REPLACING] : [],
    detailed,
  };
}

function compare(
  path: string,
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
  replace: boolean,
  into: Record<string, PropertyDiff>,
): void {
  if (sameValue(old, now)) return;
  if (plainMap(old) && plainMap(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
      compare(
        /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`,
        old[key],
        now[key],
        replace,
        into,
      );
    }
    return;
  }
  if (isList(old) && isList(now)) {
    for (let index = 0; index < Math.max(old.length, now.length); index++) {
      compare(`${path}[${index}]`, old[index], now[index], replace, into);
    }
    return;
  }
  const kind = old === undefined ? "add" : now === undefined ? "delete" : "update";
  into[path] = { kind: replace ? `${kind}-replace` : kind };
}

/** A map without a signature: assets are compared and shown as a whole. */
function plainMap(value: PropertyValue | undefined): value is PropertyMap {
  return isMap(value) && !(SIGNATURE in value);
}
