/** Stands for a value that only a real run can tell. */
export const UNKNOWN = Symbol("known after the run");

/** An input as rules see it: secrets laid open, what is not known yet as `UNKNOWN`. */
export type Value = null | boolean | number | string | symbol | readonly Value[] | Values;

export interface Values {
  readonly [key: string]: Value | undefined;
}

const isMap = (value: Value | undefined): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields of a map; of anything else, none. */
export const fields = (value: Value | undefined): Values => (isMap(value) ? value : {});

/** Items of a list; of anything else, none. */
export const items = (value: Value | undefined): readonly Value[] => (Array.isArray(value) ? value : []);

/** What lies at the end of a path of fields. Below what is not known nothing is. */
export const at = (value: Value | undefined, ...path: readonly string[]): Value | undefined =>
  path.reduce<Value | undefined>((inner, key) => (inner === UNKNOWN ? UNKNOWN : fields(inner)[key]), value);

/** Text that is known. */
export const text = (value: Value | undefined): string | undefined => (typeof value === "string" ? value : undefined);

/** Numbers as AWS takes them, some as text. */
export const number = (value: Value | undefined): number | undefined =>
  typeof value === "number" || (typeof value === "string" && /^-?\d+$/.test(value)) ? Number(value) : undefined;

/** True for what says nothing, neither now nor later. */
export const isMissing = (value: Value | undefined): boolean =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** True unless it surely is something else: what is not known yet may be it. AWS takes some flags as text. */
export const mayBe = (value: Value | undefined, wanted: string | number | boolean): boolean =>
  value === UNKNOWN || (["string", "number", "boolean"].includes(typeof value) && String(value) === String(wanted));

/** True when it surely is that. */
export const isSurely = (value: Value | undefined, unwanted: string | number | boolean): boolean =>
  value !== UNKNOWN && mayBe(value, unwanted);

/** Text of a value or of the values in a list. */
export const texts = (value: Value | undefined): string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((item) => (typeof item === "string" ? [item] : []));
