import { OFFICIAL } from "../tokens";
import { isObject, numberAt, type Properties, textAt, type Value } from "../values";
import { condition, type Judge } from "./readiness";

/** Annotation that says what to wait for: one expression, or a JSON list of expressions that must all hold. */
export const WAIT_FOR = "pulumi.com/waitFor";

/**
 * Reads the annotation's value: `jsonpath={.path}`, `jsonpath={.path}=value`, `condition=Type`,
 * `condition=Type=Status`.
 *
 * @throws when an expression is not understood
 */
export function parseWaitFor(text: string): Judge {
  const judges = expressions(text).map(parseExpression);
  if (judges.length === 0) throw new Error(`${WAIT_FOR}: the list is empty; name at least one condition`);
  return (live, related) => {
    for (const judge of judges) {
      const result = judge(live, related);
      if (result.state !== "ready") return result;
    }
    return { state: "ready" };
  };
}

function expressions(text: string): string[] {
  if (!text.trimStart().startsWith("[")) return [text];
  try {
    const list = JSON.parse(text) as unknown;
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // Said below, with the other things that are no expression.
  }
  return [text];
}

function parseExpression(text: string): Judge {
  if (text.startsWith("condition=")) return conditionJudge(text.slice("condition=".length));
  if (text.startsWith("jsonpath=")) return pathJudge(text.slice("jsonpath=".length));
  throw new Error(`${WAIT_FOR}: ${text} begins with neither "jsonpath=" nor "condition="`);
}

function conditionJudge(text: string): Judge {
  const [type = "", wanted = "True"] = text.split("=", 2);
  return (live) => {
    const found = condition(live, type);
    const status = textAt(found, "status");
    const stale =
      (numberAt(found, "observedGeneration") ?? numberAt(live, "status", "observedGeneration") ?? Infinity) <
      (numberAt(live, "metadata", "generation") ?? 0);
    if (!stale && status?.toLowerCase() === wanted.toLowerCase()) return { state: "ready" };
    const detail = textAt(found, "message") || textAt(found, "reason");
    return {
      state: "waiting",
      reason: `condition ${type} is ${stale ? "out of date" : (status ?? "not reported")}, not ${wanted}${detail ? `: ${detail}` : ""}`,
    };
  };
}

type PathStep = { key: string } | { index: number } | { each: true } | { where: string[]; equals: string };

const STEP =
  /\.([A-Za-z0-9_-]+(?:\\\.[A-Za-z0-9_-]+)*)|\[(\d+)\]|\[\*\]|\['([^']+)'\]|\["([^"]+)"\]|\[\?\(@\.([A-Za-z0-9_.-]+)\s*==\s*["']([^"']*)["']\)\]/y;

/** The steps of the part of JSONPath that conditions use: keys, indexes, `[*]` and equality filters. */
function parsePath(path: string, whole: string): PathStep[] {
  const text = path.replace(/^\$/, "");
  const steps: PathStep[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const begin = STEP.lastIndex;
    const match = STEP.exec(text);
    if (!match)
      throw new Error(
        `${WAIT_FOR}: ${whole}: "${text.slice(begin)}" is more JSONPath than this plugin reads; ${OFFICIAL}`,
      );
    const key = match[1]?.replaceAll("\\.", ".") ?? match[3] ?? match[4];
    if (key !== undefined) steps.push({ key });
    else if (match[2] !== undefined) steps.push({ index: Number(match[2]) });
    else if (match[5] !== undefined) steps.push({ where: match[5].split("."), equals: match[6] ?? "" });
    else steps.push({ each: true });
  }
  return steps;
}

function select(value: Value | undefined, steps: readonly PathStep[]): Value[] {
  const [step, ...rest] = steps;
  if (value === undefined) return [];
  if (step === undefined) return [value];
  if ("key" in step) return isObject(value) ? select(value[step.key], rest) : [];
  if (!Array.isArray(value)) return [];
  if ("index" in step) return select(value[step.index], rest);
  if ("each" in step) return value.flatMap((item) => select(item, rest));
  return value
    .filter((item) =>
      select(
        item,
        step.where.map((key) => ({ key })),
      ).some((found) => String(found) === step.equals),
    )
    .flatMap((item) => select(item, rest));
}

/** `{.path}` with an optional `=value`; `==` inside a filter is not that. */
const EXPRESSION = /^\{\s*(.*?)\s*\}(?:=(.+))?$/s;

function pathJudge(text: string): Judge {
  const match = EXPRESSION.exec(text);
  if (!match)
    throw new Error(`${WAIT_FOR}: jsonpath=${text} is not of the form jsonpath={.path} or jsonpath={.path}=value`);
  const [, path = "", wanted] = match;
  const steps = parsePath(path, text);
  return (live: Properties) => {
    const [found] = select(live, steps);
    if (found === undefined) return { state: "waiting", reason: `${path} is not there` };
    if (wanted === undefined || String(found) === wanted) return { state: "ready" };
    return { state: "waiting", reason: `${path} is ${JSON.stringify(found)}, not ${wanted}` };
  };
}
