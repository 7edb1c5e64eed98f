import type { Finding } from "./finding";

/** What was looked at. */
export interface Scope {
  stack: string;
  machines: number;
  objects: number;
}

/** Findings for people: what differs, why it matters, what mends it. */
export function textReport(scope: Scope, findings: readonly Finding[]): string {
  const { stack, machines, objects } = scope;
  const looked = `${count(machines, "machine")} and ${count(objects, "object")} of the cluster`;
  if (findings.length === 0) return `stack ${stack}: nothing differs on ${looked}\n`;
  const fixable = findings.filter((one) => one.fixable).length;
  const last = `stack ${stack}: ${count(findings.length, "finding")} on ${looked}; doctor --fix mends ${fixable}\n`;
  return [...findings.map(paragraph), last].join("\n");
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

const paragraph = ({ severity, where, what, expected, found, why, mend }: Finding): string =>
  [
    `${severity.padEnd(9)}${where}: ${what}`,
    `  expected  ${expected}`,
    `  found     ${found}`,
    `  why       ${why}`,
    `  mend      ${mend}`,
    "",
  ].join("\n");

/** The same for programs: one JSON document. */
export const jsonReport = (scope: Scope, findings: readonly Finding[]): string =>
  `${JSON.stringify({ ...scope, findings }, undefined, 2)}\n`;
