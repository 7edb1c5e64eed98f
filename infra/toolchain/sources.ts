import { mkdirSync, rmSync } from "node:fs";
import type { ProduceContext } from "./store";

/** A source that cannot be had on this host, now; the next one is tried. Any other error ends the search. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
}

/** One way to get something. */
export interface Source {
  /** In words for the user: `official download`. */
  name: string;
  /**
   * Fills the empty folder `into`.
   *
   * @returns another name, when it turned out to be another way
   * @throws Unavailable when this way is closed here
   */
  fill(into: string, context: ProduceContext): Promise<string | undefined>;
}

/**
 * Tries sources in order until one gives.
 *
 * @returns which one it was, and why the ones before it were not
 * @throws what a source throws, unless it is Unavailable; with all reasons when none gives
 */
export async function firstSource(sources: readonly Source[], into: string, context: ProduceContext): Promise<string> {
  const reasons: string[] = [];
  for (const source of sources) {
    context.signal?.throwIfAborted();
    try {
      context.step.update(source.name);
      const name = (await source.fill(into, context)) ?? source.name;
      return reasons.length > 0 ? `${name} (${reasons.join("; ")})` : name;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      reasons.push(error.message);
      rmSync(into, { recursive: true, force: true });
      mkdirSync(into, { recursive: true });
    }
  }
  throw new Unavailable(reasons.join("; "));
}
