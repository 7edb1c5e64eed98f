import type { FunctionApiVersion, FunctionSpec } from "../args";
import { argumentFindings } from "./arguments";
import { buildRules } from "./build-rules";
import type { FunctionFacts } from "./facts";
import type { Finding } from "./finding";
import { objectFacts } from "./object-facts";
import type { Rule } from "./rule";
import { servingRules } from "./serving-rules";
import { specFacts } from "./spec-facts";

export { asInputError, type Finding, findingText } from "./finding";
export { withoutNulls } from "./nulls";

const RULES: Readonly<Record<string, Rule>> = { ...servingRules, ...buildRules };

/** Names of the rules that a Function's YAML is judged by too. */
export const ruleNames: readonly string[] = Object.keys(RULES);

const GROUP = "core.openfunction.io";

/** A plain Function of OpenFunction, as its YAML was parsed. */
export interface FunctionObject {
  apiVersion: string;
  kind: "Function";
  metadata?: object;
  spec?: object;
}

/** Whether a parsed document is a Function of OpenFunction in a version that is known here. */
export function isFunctionObject(value: unknown): value is FunctionObject {
  const { apiVersion, kind } = (value ?? {}) as { apiVersion?: unknown; kind?: unknown };
  return kind === "Function" && (apiVersion === `${GROUP}/v1beta1` || apiVersion === `${GROUP}/v1beta2`);
}

/** Version of OpenFunction's API that a Function is written in. */
export const versionOf = ({ apiVersion }: FunctionObject): FunctionApiVersion =>
  apiVersion === `${GROUP}/v1beta1` ? "v1beta1" : "v1beta2";

/**
 * Everything that is wrong with a function, as far as its values are known: what neither OpenFunction's webhook nor the
 * API server refuses, and what would then fail while it runs.
 *
 * @param subject the component's arguments, or a Function as its YAML was parsed
 */
export function lintFunction(subject: FunctionSpec | FunctionObject): Finding[] {
  if (isFunctionObject(subject)) return judged(objectFacts(subject, versionOf(subject)));
  return [...argumentFindings(subject), ...judged(specFacts(subject))];
}

const judged = (facts: FunctionFacts): Finding[] =>
  Object.entries(RULES).flatMap(([rule, check]) =>
    check(facts).map((found) => ({ rule, severity: "error" as const, ...found })),
  );
