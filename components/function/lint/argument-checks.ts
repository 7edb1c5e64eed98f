import type { FunctionSpec } from "../args";
import type { Finding } from "./finding";

export type Check = (spec: FunctionSpec) => Finding[];

const RULE = "arguments";

/** @param next what would do */
export const mistake = (path: string, value: unknown, next: string, reason = "will not do"): Finding => ({
  rule: RULE,
  severity: "error",
  path,
  value,
  reason,
  next,
});

/** Nothing is said of a value that is not known yet. */
export const when = <T>(known: boolean, make: () => T): T[] => (known ? [make()] : []);

export const text = (path: string, value: unknown, pattern: RegExp, next: string): Finding[] =>
  when(typeof value === "string" && !pattern.test(value), () => mistake(path, value, next));

const badNumber = (value: unknown, from: number, to: number): boolean =>
  typeof value === "number" && !(Number.isInteger(value) && value >= from && value <= to);

export const number = (path: string, value: unknown, from: number, to: number, why = ""): Finding[] =>
  when(badNumber(value, from, to), () => mistake(path, value, `a whole number from ${from} to ${to}${why}`));

export const oneOf = (path: string, value: unknown, allowed: readonly string[]): Finding[] =>
  when(typeof value === "string" && !allowed.includes(value), () =>
    mistake(path, value, `one of ${allowed.join(", ")}`),
  );
