/** What several runs of the same thing came to. */
export interface Summary {
  p50: number;
  min: number;
  max: number;
  /** How many runs. */
  n: number;
}

/**
 * Median and extremes.
 *
 * @throws when there is nothing to summarise.
 */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error("no run was measured");
  return { p50: (low + high) / 2, min: sorted[0]!, max: sorted.at(-1)!, n: sorted.length };
}

/** Rounds to three digits, which is more than a shared machine repeats. */
export function rounded(value: number): number {
  if (value === 0) return 0;
  const unit = 10 ** Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Math.round(value * unit) / unit;
}
