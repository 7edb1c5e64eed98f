import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "../paths";
import { run } from "../process";
import { asStep, type BenchContext, type BenchPart, machinesObstacle } from "./context";
import type { Measurement } from "./measurement";

const REACH_SECONDS = 20 * 60;

/** After this the figure no longer matters. */
const DEADLINE_SECONDS = 3 * REACH_SECONDS;

/** The first `up` of a new user: everything built or fetched into an empty cache, and then used. */
export const coldPart: BenchPart = {
  description: "up with an empty cache: toolchain, images and payload from the registries; takes many minutes",
  obstacle: machinesObstacle,
  onlyByName: true,
  async measure(context) {
    mkdirSync(cacheRoot(), { recursive: true });
    // Beside the cache it stands for: on the same disk.
    const cache = mkdtempSync(join(cacheRoot(), "cold-"));
    try {
      return [await measureIn(context, { OFWASM_CACHE: cache, npm_config_cache: join(cache, "npm") })];
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  },
};

async function measureIn(context: BenchContext, env: Record<string, string>): Promise<Measurement> {
  const { clone, stack } = context;
  const phases: Record<string, number> = {};
  const command = (verb: string, onLine?: (line: string) => void): Promise<unknown> => {
    const args = [join(clone, "infra", "bin", "ofwasm.cjs"), verb, "--stack", stack, "--set", "composition=dev"];
    return run(process.execPath, args, { env, onLine, deadlineMs: DEADLINE_SECONDS * 1000 });
  };
  const begun = performance.now();
  let seconds: number;
  try {
    await asStep(context, "up with an empty cache", () =>
      command("up", (line) => Object.assign(phases, finishedStep(line))),
    );
    seconds = (performance.now() - begun) / 1000;
  } finally {
    // The machine's disk lies on the image in that cache.
    await asStep(context, "down", () => command("down"));
  }
  return {
    part: "cold",
    what: "up from nothing at all: cold toolchain from registries only, everything",
    unit: "s",
    reach: REACH_SECONDS,
    values: [seconds],
    phases,
    notes: ["the steps run side by side, two at a time; npm packages of this clone were there"],
  };
}

/** The step that a line of progress says is done, and its seconds: `✓ Kubernetes 1.34.4  301.2 s  built …`. */
export function finishedStep(line: string): Record<string, number> {
  const [, title, seconds] = /^✓ (.+?) {2}([\d.]+) s( {2}|$)/.exec(line) ?? [];
  return title === undefined ? {} : { [title]: Number(seconds) };
}
