import { equal, isObject, type Properties, type Value } from "./values";

export type ChangeKind = "add" | "delete" | "update";

export interface Change {
  kind: ChangeKind;
  replace: boolean;
}

export interface Difference {
  /** Property path, in the engine's syntax, to what happens there. Empty: nothing changed. */
  changes: Map<string, Change>;
  /** Paths whose change needs a new object. */
  replaces: string[];
}

type Step = string | number;

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** A path as the engine writes it: `spec.ports[0].name`, `metadata.labels["app.kubernetes.io/name"]`. */
export function formatPath(steps: readonly Step[]): string {
  let text = "";
  for (const step of steps) {
    if (typeof step === "number") text += `[${step}]`;
    else if (PLAIN_KEY.test(step)) text += text === "" ? step : `.${step}`;
    else text += `["${step.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"]`;
  }
  return text;
}

/** Steps of a path in the engine's syntax; `*` stands for every element. */
export function parsePath(path: string): string[] {
  const steps: string[] = [];
  const token = /\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.[\]]+)/g;
  for (const match of path.matchAll(token))
    steps.push(match[1]?.replaceAll(/\\(.)/g, "$1") ?? match[2] ?? match[3] ?? "");
  return steps;
}

/** True when one path is the other or lies inside it. */
function overlaps(a: readonly string[], b: readonly Step[]): boolean {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) if (a[index] !== "*" && a[index] !== String(b[index])) return false;
  return true;
}

const covers = (outer: readonly string[], inner: readonly Step[]): boolean =>
  outer.length <= inner.length && overlaps(outer, inner);

/** Values at a path with `*` steps, in order. */
function select(value: Value | undefined, steps: readonly string[]): (Value | undefined)[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [value];
  if (Array.isArray(value)) {
    if (step === "*") return value.flatMap((item) => select(item, rest));
    return select(value[Number(step)], rest);
  }
  return isObject(value) ? select(value[step], rest) : [undefined];
}

/**
 * What changed between two checked inputs, without secret marks.
 *
 * @param immutable fields whose change needs a new object
 * @param ignored paths that the user does not want compared
 * @param live the object as last seen; an immutable field that is newly written down with the value it already
 *   has needs no new object
 */
export function difference(
  olds: Properties,
  news: Properties,
  options: { immutable: readonly string[]; ignored?: readonly string[]; live?: () => Properties },
): Difference {
  const found: { steps: Step[]; kind: ChangeKind }[] = [];
  compare([], olds, news, found);
  const ignored = (options.ignored ?? []).map(parsePath);
  const kept = found.filter(({ steps }) => !ignored.some((path) => covers(path, steps)));
  const changes = new Map<string, Change>();
  const replaces: string[] = [];
  const frozen = options.immutable.map(parsePath).filter((path) => {
    const before = select(olds, path);
    const known = before.every((value) => value === undefined) ? select(options.live?.(), path) : before;
    return !equal(known as Value[], select(news, path) as Value[]);
  });
  for (const { steps, kind } of kept) {
    const path = formatPath(steps);
    const replace = frozen.some((immutable) => overlaps(immutable, steps));
    changes.set(path, { kind, replace });
    if (replace) replaces.push(path);
  }
  return { changes, replaces };
}

function compare(
  steps: Step[],
  old: Value | undefined,
  now: Value | undefined,
  found: { steps: Step[]; kind: ChangeKind }[],
): void {
  if (equal(old, now)) return;
  if (isObject(old) && isObject(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)]))
      compare([...steps, key], old[key], now[key], found);
  } else if (Array.isArray(old) && Array.isArray(now)) {
    for (let index = 0; index < Math.max(old.length, now.length); index += 1)
      compare([...steps, index], old[index], now[index], found);
  } else found.push({ steps, kind: changeKind(old, now) });
}

function changeKind(old: Value | undefined, now: Value | undefined): ChangeKind {
  if ((old ?? null) === null) return "add";
  return (now ?? null) === null ? "delete" : "update";
}

/**
 * `object` with the values that `live` has at the given paths, where both have one: applying a field that is to
 * be ignored must not take it back from whoever changed it.
 */
export function withLiveValues(object: Properties, live: Properties, paths: readonly string[]): Properties {
  return paths.map(parsePath).reduce((result, steps) => replaceAt(result, live, steps) as Properties, object);
}

function replaceAt(value: Value, live: Value | undefined, steps: readonly string[]): Value {
  const [step, ...rest] = steps;
  if (step === undefined) return live ?? value;
  if (isObject(value) && isObject(live)) {
    const keys = step === "*" ? Object.keys(value) : [step];
    const result = { ...value };
    for (const key of keys) if (result[key] !== undefined) result[key] = replaceAt(result[key], live[key], rest);
    return result;
  }
  if (Array.isArray(value) && Array.isArray(live))
    return value.map((item, index) =>
      step === "*" || step === String(index) ? replaceAt(item, live[index], rest) : item,
    );
  return value;
}
