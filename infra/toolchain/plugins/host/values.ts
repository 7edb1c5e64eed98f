/**
 * Property values as the engine sends them: JSON, with a signature key marking what JSON cannot say.
 * They stay in this form all the way through a plugin, so nothing is lost on the way back.
 */
export type PropertyValue = null | boolean | number | string | readonly PropertyValue[] | PropertyMap;

export interface PropertyMap {
  readonly [key: string]: PropertyValue | undefined;
}

/** Key whose value says what kind of special object a map is. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";

const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** A value that is not known before the run; the type is the engine's default for a computed value. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The engine has one sentinel for each type of value. */
const UNKNOWNS: ReadonlySet<PropertyValue> = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** One file's content, as the program gave it. */
export interface Asset {
  kind: "asset";
  /** SHA-256 that the engine took of the content, hex. */
  hash?: string;
  text?: string;
  path?: string;
  uri?: string;
}

/** A set of files: a folder or archive file on disk, an address, or assets by name. */
export interface Archive {
  kind: "archive";
  hash?: string;
  assets?: PropertyMap;
  path?: string;
  uri?: string;
}

export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

const signatureOf = (value: PropertyValue | undefined): PropertyValue | undefined =>
  isMap(value) ? value[SIGNATURE] : undefined;

export const isSecret = (value: PropertyValue | undefined): boolean => signatureOf(value) === SECRET;

/** True for a value that only a real run can tell; not for a map that merely holds one. */
export function isUnknown(value: PropertyValue | undefined): boolean {
  if (value === undefined) return false;
  if (isSecret(value)) return isUnknown((value as PropertyMap).value);
  if (signatureOf(value) === OUTPUT) return (value as PropertyMap).value === undefined;
  return UNKNOWNS.has(value);
}

function some(value: PropertyValue | undefined, test: (value: PropertyValue) => boolean): boolean {
  if (value === undefined) return false;
  if (test(value)) return true;
  if (isList(value)) return value.some((item) => some(item, test));
  return isMap(value) && Object.values(value).some((item) => some(item, test));
}

export const containsUnknowns = (value: PropertyValue | undefined): boolean => some(value, isUnknown);

export const containsSecrets = (value: PropertyValue | undefined): boolean =>
  some(value, (item) => isSecret(item) || (signatureOf(item) === OUTPUT && (item as PropertyMap).secret === true));

/** Marks a value as secret; a secret stays what it is. */
export function secret(value: PropertyValue): PropertyValue {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** The same value with every secret, at any depth, laid open. */
export function reveal(value: PropertyMap): PropertyMap;
export function reveal(value: PropertyValue): PropertyValue;
export function reveal(value: PropertyValue): PropertyValue {
  if (isList(value)) return value.map((item) => reveal(item));
  if (!isMap(value)) return value;
  const signature = signatureOf(value);
  if (signature === SECRET || signature === OUTPUT) return reveal(value.value ?? UNKNOWN);
  return mapValues(value, (item) => reveal(item));
}

/** Maps each value of a property map; absent values stay absent. */
export function mapValues(
  map: PropertyMap,
  change: (value: PropertyValue, key: string) => PropertyValue | undefined,
): PropertyMap {
  const result: Record<string, PropertyValue> = {};
  for (const [key, value] of Object.entries(map)) {
    const changed = value === undefined ? undefined : change(value, key);
    if (changed !== undefined) result[key] = changed;
  }
  return result;
}

const optional = (value: PropertyValue | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

/** Reads an asset; `undefined` when the value is something else. */
export function asAsset(value: PropertyValue | undefined): Asset | undefined {
  if (!isMap(value) || value[SIGNATURE] !== ASSET) return undefined;
  return {
    kind: "asset",
    hash: optional(value.hash),
    text: optional(value.text),
    path: optional(value.path),
    uri: optional(value.uri),
  };
}

/** Reads an archive; `undefined` when the value is something else. */
export function asArchive(value: PropertyValue | undefined): Archive | undefined {
  if (!isMap(value) || value[SIGNATURE] !== ARCHIVE) return undefined;
  const { assets } = value;
  return {
    kind: "archive",
    hash: optional(value.hash),
    path: optional(value.path),
    uri: optional(value.uri),
    ...(isMap(assets) ? { assets } : {}),
  };
}

/** Compares two values; a secret equals its plain value, an unknown equals nothing. */
export function sameValue(left: PropertyValue | undefined, right: PropertyValue | undefined): boolean {
  if (isUnknown(left) || isUnknown(right)) return false;
  if (isSecret(left)) return sameValue((left as PropertyMap).value, right);
  if (isSecret(right)) return sameValue(left, (right as PropertyMap).value);
  const signature = signatureOf(left);
  if ((signature === ASSET || signature === ARCHIVE) && signature === signatureOf(right)) {
    const [old, now] = [(left as PropertyMap).hash, (right as PropertyMap).hash];
    // The content decides, not where it lies on this machine.
    if (typeof old === "string" && typeof now === "string") return old === now;
  }
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => sameValue(item, right[index]));
  }
  if (isMap(left) && isMap(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...keys].every((key) => sameValue(left[key], right[key]));
  }
  return left === right;
}
