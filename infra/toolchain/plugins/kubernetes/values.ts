import * as wire from "../host/values";

/** A property value as the engine sends it: JSON, with secrets as marked objects and unknowns as marked strings. */
export type Value = string | number | boolean | null | Value[] | Properties;
export type Properties = { [key: string]: Value };

/** Stands for a value that only the real update will know. */
export const { UNKNOWN } = wire;

export const isObject = (value: Value | undefined): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isUnknown = (value: Value | undefined): boolean => wire.isUnknown(value);

export const isSecret = (value: Value | undefined): boolean => wire.isSecret(value);

/** What a secret mark holds. */
const inside = (value: Value): Value => (isObject(value) ? (value.value ?? null) : null);

/** Marks a value as secret; marks inside it have nothing more to say. */
export const secret = (value: Value): Value => (isSecret(value) ? value : (wire.secret(plain(value)) as Value));

/** The value without secret marks at any depth. Shares what needs no change with the given value. */
export function plain(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.some((item) => typeof item === "object") ? value.map(plain) : value;
  if (isSecret(value)) return plain(inside(value));
  const result: Properties = {};
  for (const key of Object.keys(value)) result[key] = plain(value[key]!);
  return result;
}

export const plainObject = (value: Properties | undefined): Properties => plain(value ?? {}) as Properties;

export const hasUnknown = (value: Value): boolean => wire.containsUnknowns(value);

/** `target` with everything secret that is secret at the same place in `like`. */
export function markSecrets(target: Value, like: Value | undefined): Value {
  if (like === undefined || typeof like !== "object" || like === null) return target;
  if (isSecret(like)) return secret(target);
  if (Array.isArray(like))
    return Array.isArray(target) ? target.map((item, index) => markSecrets(item, like[index])) : target;
  if (!isObject(target) || isSecret(target)) return target;
  const result: Properties = { ...target };
  for (const key of Object.keys(like)) if (result[key] !== undefined) result[key] = markSecrets(result[key], like[key]);
  return result;
}

/** Deep equality; an absent key equals nothing but another absent key or null. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a === null || b === null) return (a ?? null) === (b ?? null);
  if (typeof a !== "object" || typeof b !== "object") return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]))
    );
  for (const key of Object.keys(a)) if (!equal(a[key], b[key])) return false;
  for (const key of Object.keys(b)) if (a[key] === undefined && (b[key] ?? null) !== null) return false;
  return true;
}

/** The value below an object's keys, or undefined. */
export function at(value: Value | undefined, ...keys: string[]): Value | undefined {
  let found = value;
  for (const key of keys) {
    if (!isObject(found)) return undefined;
    found = found[key];
  }
  return found;
}

export function textAt(value: Value | undefined, ...keys: string[]): string | undefined {
  const found = at(value, ...keys);
  return typeof found === "string" ? found : undefined;
}

export function numberAt(value: Value | undefined, ...keys: string[]): number | undefined {
  const found = at(value, ...keys);
  return typeof found === "number" ? found : undefined;
}

export function objectsAt(value: Value | undefined, ...keys: string[]): Properties[] {
  const found = at(value, ...keys);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export function annotation(object: Properties | undefined, key: string): string | undefined {
  return textAt(object, "metadata", "annotations", key);
}

/** Shorter strings than this are words that occur anywhere; hiding them would only garble a message. */
const SHORTEST_HIDDEN = 4;

/** Every secret string in the value, for keeping them out of messages. */
export function secretStrings(value: Value, marked = false): string[] {
  if (typeof value === "string") return marked && value.length >= SHORTEST_HIDDEN && !isUnknown(value) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => secretStrings(item, marked));
  if (isSecret(value)) return secretStrings(inside(value), true);
  return Object.values(value).flatMap((item) => secretStrings(item, marked));
}

/** A message with every secret of `values` replaced. */
export function hideSecrets(message: string, ...values: Value[]): string {
  const strings = new Set(values.flatMap((value) => secretStrings(value)));
  let hidden = message;
  for (const text of [...strings].sort((a, b) => b.length - a.length)) hidden = hidden.replaceAll(text, "[secret]");
  return hidden;
}
