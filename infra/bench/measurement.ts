import { rounded, type Summary, summarise } from "./stats";

export type Unit = "s" | "ms" | "";

/** One line of the result: what was measured, how far it should reach, and what came out. */
export interface Measurement {
  /** What `--only` calls the part that measures it. */
  part: string;
  what: string;
  unit: Unit;
  /** Highest median that is still good; absent: only shown, to judge the others by. */
  reach?: number;
  /** One number a run. */
  values: readonly number[];
  /** Median of each phase over the runs, in the order in which they happen; same unit unless the name says so. */
  phases?: Readonly<Record<string, number>>;
  /** How it was measured, or why it was not. */
  notes?: readonly string[];
}

export type Verdict = "ok" | "over" | "not run" | "";

export function verdict({ values, reach }: Measurement): Verdict {
  if (values.length === 0) return "not run";
  if (reach === undefined) return "";
  return summarise(values).p50 <= reach ? "ok" : "over";
}

/** Medians of phases that several runs had, in the first run's order. */
export function medianPhases(runs: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run)))];
  return Object.fromEntries(
    names.map((name) => [name, summarise(runs.flatMap((run) => run[name] ?? [])).p50] as const),
  );
}

/** The table for people: a line for each measurement, its phases and notes below it. */
export function table(measurements: readonly Measurement[]): string {
  const head = ["what", "reach", "p50", "min", "max", "n", ""];
  const rows = measurements.map((one) => [one.what, reachText(one), ...figures(one), verdict(one)]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.flatMap((row, index) => [line(row), ...remarks(measurements[index]!)])]
    .map((text) => `${text}\n`)
    .join("");
}

const withUnit = (value: number, unit: Unit): string => `${rounded(value)}${unit && ` ${unit}`}`;

const reachText = ({ reach, unit }: Measurement): string => (reach === undefined ? "" : `<= ${withUnit(reach, unit)}`);

function figures({ values, unit }: Measurement): string[] {
  if (values.length === 0) return ["", "", "", "0"];
  const { p50, min, max, n } = summarise(values);
  return [...[p50, min, max].map((value) => withUnit(value, unit)), String(n)];
}

function remarks({ phases, notes, unit }: Measurement): string[] {
  const parts = Object.entries(phases ?? {}).map(([name, value]) => `${name} ${withUnit(value, unit)}`);
  return [...(parts.length > 0 ? [parts.join(", ")] : []), ...(notes ?? [])].map((text) => `    ${text}`);
}

/** The same for machines. */
export function toJson(
  measurements: readonly Measurement[],
): (Measurement & Partial<Summary> & { verdict: Verdict })[] {
  return measurements.map((one) => ({
    ...one,
    ...(one.values.length > 0 ? summarise(one.values) : {}),
    verdict: verdict(one),
  }));
}
