/** One thing that is not as the stack declares it, or soon will not be. */
export interface Finding {
  /** `error`: something does not work, or may do something else than it should. `warning`: it will, if nothing is done. */
  severity: "error" | "warning";
  /** Machine or object of the cluster: `machine dev-0`, `RuntimeClass openfunction-crun`. */
  where: string;
  /** What of it differs. */
  what: string;
  expected: string;
  found: string;
  /** What comes of it. */
  why: string;
  /** Command that mends it. */
  mend: string;
  /** Whether `doctor --fix` mends it too. */
  fixable: boolean;
}

/** The command that mends what the program can mend by itself. */
export const fixCommand = (stack: string): string => `npm run doctor -- --fix --stack ${stack}`;

/** What is found, and whether the program mends it; `mend` is the command of somebody who must. */
export type Difference = Omit<Finding, "where" | "mend" | "fixable"> & { mend?: string };

/** Findings of one machine or object: what names no command of its own is mended by the program. */
export const findingsAt = (stack: string, where: string, differences: readonly Difference[]): Finding[] =>
  differences.map(({ mend, ...rest }) => ({
    ...rest,
    where,
    mend: mend ?? fixCommand(stack),
    fixable: mend === undefined,
  }));

/** What it means that somebody was asked and said nothing; nothing where there was an answer. */
export const silence = (what: string, expected: string, reason: string | undefined, mend?: string): Difference[] =>
  reason === undefined
    ? []
    : [{ severity: "error", what, expected, found: reason, why: "nothing, or not everything, was looked at", mend }];
