import type { InputPropertyErrorDetails } from "@pulumi/pulumi";

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

/** A value as a message shows it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

/** What is wrong, and what would do. */
export const findingText = ({ value, reason, next }: Finding): string => `${shown(value)}: ${reason}; ${next}`;

/** A finding as Pulumi reports what is wrong with an argument. */
export const asInputError = (finding: Finding): InputPropertyErrorDetails => ({
  propertyPath: finding.path,
  reason: findingText(finding),
});
