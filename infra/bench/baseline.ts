import type { Engine } from "../engine/session";
import { wallSeconds } from "./child";
import type { Measurement } from "./measurement";

const RUNS = 5;

/**
 * What this machine needs just to start the two programs that everything else consists of: when these are slow,
 * so is the rest, and nobody's change is to blame.
 */
export async function baseline(engine: Engine): Promise<{ node: Measurement; pulumi: Measurement }> {
  const node: number[] = [];
  const pulumi: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    node.push((await wallSeconds(process.execPath, ["-e", "0"])) * 1000);
    pulumi.push((await wallSeconds(engine.pulumi, ["version"], engine.env)) * 1000);
  }
  return {
    node: { part: "baseline", what: "bare start of Node", unit: "ms", values: node },
    pulumi: { part: "baseline", what: "bare start of pulumi", unit: "ms", values: pulumi },
  };
}
