import type { Engine } from "../engine/session";
import type { Progress } from "../toolchain/progress";
import type { Measurement } from "./measurement";

/** What each part of the benchmark is given. */
export interface BenchContext {
  /** Root folder of this clone. */
  clone: string;
  /** Stack that may be made and removed. */
  stack: string;
  engine: Engine;
  progress: Progress;
}

/** A part that can be asked for by name. */
export interface BenchPart {
  description: string;
  /** Takes so long that only who names it gets it. Default false. */
  onlyByName?: boolean;
  /** Why it cannot run on this host; `undefined` when it can. */
  obstacle?(): string | undefined;
  measure(context: BenchContext): Promise<Measurement[]>;
}

/** The machine that is no part of a stack of the engine. */
export const nodeStack = (stack: string): string => `${stack}-node`;

/** Why there can be no local machines here. */
export const machinesObstacle = (): string | undefined =>
  process.platform === "linux" && process.getuid?.() === 0 ? undefined : "local machines need root on Linux";

/** Runs `body` as one step of the progress. */
export async function asStep<T>({ progress }: BenchContext, title: string, body: () => Promise<T>): Promise<T> {
  const step = progress.step(title);
  try {
    const value = await body();
    step.done();
    return value;
  } catch (error) {
    step.fail("failed");
    throw error;
  }
}
