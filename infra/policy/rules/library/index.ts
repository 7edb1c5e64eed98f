import type { Rule } from "../../rule";
import { commandRules } from "./commands";
import { stackRules } from "./stack";

/** Rules on what this library itself is made of, and on the stack as a whole. */
export const libraryRules: readonly Rule[] = [...commandRules, ...stackRules];
