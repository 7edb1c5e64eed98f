/** What is left out of a build; paths are relative to the folder, with slashes. */
export interface IgnoreList {
  leavesOut(path: string): boolean;
  /** Whether something in a folder that is left out may be wanted all the same. */
  hasExceptions: boolean;
}

interface Rule {
  pattern: RegExp;
  /** False for a line with `!`, which brings back what an earlier line left out. */
  leavesOut: boolean;
}

/**
 * Reads a `.dockerignore`: a pattern a line, relative to the folder, with `*`, `?`, `[…]` and `**`; `#` begins a comment
 * and `!` an exception. What is in a folder that matches is left out with it, and the last line that matches decides.
 */
export function ignoreList(text: string): IgnoreList {
  const rules = text.split("\n").flatMap((line) => rule(line.trim()));
  return {
    leavesOut: (path) => rules.reduce((left, { pattern, leavesOut }) => (pattern.test(path) ? leavesOut : left), false),
    hasExceptions: rules.some(({ leavesOut }) => !leavesOut),
  };
}

function rule(line: string): Rule[] {
  if (line.startsWith("#")) return [];
  const leavesOut = !line.startsWith("!");
  const parts = (leavesOut ? line : line.slice(1)).trim().split("/");
  const clean = parts.filter((part) => part !== "" && part !== ".");
  if (clean.length === 0) return [];
  return [
    { pattern: new RegExp(`^${clean.map(segment).join("/")}(/|$)`.replaceAll(`${ANY_FOLDERS}/`, "(.*/)?")), leavesOut },
  ];
}

/** What `**` becomes; with a slash behind it, it may stand for no folder at all. */
const ANY_FOLDERS = ".*";

function segment(part: string): string {
  if (part === "**") return ANY_FOLDERS;
  return part.replace(/\*+|\?|\[[^\]]+\]|\\?[^\w]/g, (found) => {
    if (found.startsWith("*")) return "[^/]*";
    if (found === "?") return "[^/]";
    if (found.length > 2 && found.startsWith("[")) return found;
    const last = found.at(-1) as string;
    return /[\s\w]/.test(last) ? last : `\\${last}`;
  });
}
