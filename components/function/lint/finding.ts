import type { InputPropertyErrorDetails } from "@pulumi/pulumi";
import { isLater } from "../values";

/** Something in a function that will not do, or not everywhere. */
export interface Finding {
  /** Name of the rule. */
  rule: string;
  /** `error`: it does not work. `warning`: it does not work in some clusters, or for some users. */
  severity: "error" | "warning";
  /** Where it is in what was read: `serving.template.containers[0].command[0]`. */
  path: string;
  /** What is there; `undefined` when the finding is that nothing is. */
  value?: unknown;
  reason: string;
  /** What would do. */
  next: string;
}

const MAX_VALUE = 120;

const LATER = "(known later)";

/** Fields that the message does not show: what a function is asked and answers may be nobody's business. */
const PRIVATE = ["body", "expect"];

/** A value as a message shows it. */
export function shown(value: unknown): string {
  if (isLater(value)) return LATER;
  const text = JSON.stringify(readable(value)) ?? "nothing";
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

/** What can be shown of a value: an Output would put its own advice in its place. */
function readable(value: unknown): unknown {
  if (isLater(value)) return LATER;
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, readable(one)]));
}

/** What is wrong, and what would do. */
export function findingText({ path, value, reason, next }: Finding): string {
  return `${shown(path === "verify" ? withoutPrivate(value) : value)}: ${reason}; ${next}`;
}

const withoutPrivate = (value: unknown): unknown =>
  isLater(value) || typeof value !== "object" || value === null
    ? value
    : Object.fromEntries(
        Object.entries(value).map(([name, one]) => [name, PRIVATE.includes(name) ? "(not shown)" : one]),
      );

/** A finding as Pulumi reports what is wrong with an argument. */
export const asInputError = (finding: Finding): InputPropertyErrorDetails => ({
  propertyPath: finding.path,
  reason: findingText(finding),
});
