import type { FunctionFacts } from "./facts";
import type { Finding } from "./finding";

/** A finding before it carries the rule's name; an error unless it says otherwise. */
export type Found = Omit<Finding, "rule" | "severity"> & Partial<Pick<Finding, "severity">>;

export type Rule = (facts: FunctionFacts) => Found[];
