import { baseline } from "./baseline";
import { runJob } from "./child";
import { coldPart } from "./cold";
import type { BenchContext, BenchPart } from "./context";
import { manifestsPart } from "./manifests";
import type { Measurement } from "./measurement";
import { previewPart } from "./preview";
import { runtimePart } from "./runtime";
import { addPart, stackPart } from "./stack";
import { rounded, summarise } from "./stats";

/** Every part by the name that `--only` takes, in the order in which they run. */
export const parts: Readonly<Record<string, BenchPart>> = {
  runtime: runtimePart,
  up: stackPart(1),
  add: addPart,
  up3: stackPart(3),
  preview: previewPart,
  manifests: manifestsPart,
  cold: coldPart,
};

/** Lines of an error that the table repeats. */
const MOST_LINES = 4;

/** Runs the named parts, with the machine's own speed before and after. A part that fails does not stop the others. */
export async function measure(
  names: readonly string[],
  context: BenchContext,
  failed: (part: string, error: unknown) => Promise<void>,
): Promise<Measurement[]> {
  await runJob(context.clone, "nothing");
  const before = await baseline(context.engine);
  const results: Measurement[] = [];
  for (const name of names) {
    const part = parts[name]!;
    const obstacle = part.obstacle?.();
    try {
      if (obstacle === undefined) results.push(...(await part.measure(context)));
      else results.push({ part: name, what: part.description, unit: "", values: [], notes: [`not run: ${obstacle}`] });
    } catch (error) {
      await failed(name, error);
      const reason = String(error instanceof Error ? error.message : error)
        .split("\n")
        .slice(0, MOST_LINES)
        .join(" ");
      results.push({ part: name, what: part.description, unit: "", values: [], notes: [`failed: ${reason}`] });
    }
  }
  const after = await baseline(context.engine);
  return [...results, ...(["node", "pulumi"] as const).map((which) => both(before[which], after[which], results))];
}

/** The start of a program over the whole run, and the other figures as multiples of it. */
function both(before: Measurement, after: Measurement, results: readonly Measurement[]): Measurement {
  const values = [...before.values, ...after.values];
  const start = summarise(values).p50;
  const ratios = results.flatMap(({ what, unit, values }) => {
    if (unit === "" || values.length === 0) return [];
    const milliseconds = summarise(values).p50 * (unit === "s" ? 1000 : 1);
    return [`${what}: ${rounded(milliseconds / start)} of these`];
  });
  return { ...before, values, notes: [...drift(before, after), ...ratios] };
}

/** How much slower it may get before the run says that it was disturbed. */
const DRIFT = 1.3;

function drift(before: Measurement, after: Measurement): string[] {
  const [old, now] = [summarise(before.values).p50, summarise(after.values).p50];
  const factor = Math.max(old, now) / Math.min(old, now);
  return factor < DRIFT ? [] : [`${rounded(old)} ms before and ${rounded(now)} ms after: something else was running`];
}
