import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rawSettings } from "../../engine/stack-files";
import { parseSettings } from "../../settings";
import { checks, runCheck } from "../../testing/checks";
import { type JestReport, resultOf, summary, type Tier, type TierResult, tiers } from "../../testing/tiers";
import { type Command, exitCodes } from "../command";
import { chosenNames } from "../options";
import { prepareTests } from "./prepare";

/** The slowest tier takes minutes; what it needs may have to be built first. */
const TIER_DEADLINE_MS = 60 * 60_000;

export const test: Command = {
  summary: "Runs every test that this machine can run, cheapest first, with a reason for each that it skips.",
  flags: {
    tier: { type: "string", description: `only these tiers, by comma: ${tiers.map((tier) => tier.name).join(",")}` },
  },
  without: ["stack", "set"],
  async run(options, { clone }) {
    const chosen = chooseTiers(options.flags.tier);
    const results: TierResult[] = [];
    let prepared: Record<string, string> | undefined;
    for (const tier of chosen) {
      process.stdout.write(`\n== ${tier.name}: ${tier.description}\n`);
      if (tier.paths.length === 0) {
        results.push(await runChecks(clone, tier));
      } else {
        // Only now: what is cheap has told its mistakes before anything slow is made.
        try {
          if (isReal(tier)) prepared ??= (await prepareTests(parseSettings(rawSettings(clone)))).env;
          results.push(await runJest(clone, tier, prepared ?? {}));
        } catch (error) {
          results.push(notRun(tier, error instanceof Error ? error.message : String(error)));
        }
      }
    }
    process.stdout.write(summary(results));
    return results.some((result) => result.failed > 0) ? exitCodes.failed : exitCodes.ok;
  },
};

/** A tier that could not begin is one failure. */
function notRun({ name }: Tier, reason: string): TierResult {
  process.stdout.write(`${reason}\n`);
  return { name, passed: 0, failed: 1, skipped: 0, seconds: 0, failures: [`not run: ${reason}`], skips: [] };
}

/** Whether the tests need more than this clone. */
const isReal = (tier: Tier): boolean => tier.paths.some((path) => path.startsWith("tests/"));

function chooseTiers(names: string | boolean | undefined): readonly Tier[] {
  const all = tiers.map(({ name }) => name);
  const chosen = chosenNames(names, all, ([unknown]) => `--tier ${unknown}: choose from ${all.join(", ")}`);
  return chosen?.map((name) => tiers.find((tier) => tier.name === name)!) ?? tiers;
}

async function runChecks(clone: string, tier: Tier): Promise<TierResult> {
  const begun = Date.now();
  const failures: string[] = [];
  const { runnable: all, skips } = await checks(clone);
  for (const skip of skips) process.stdout.write(`  - skipped: ${skip}\n`);
  for (const check of all) {
    const failure = await runCheck(clone, check);
    process.stdout.write(failure === undefined ? `  ✓ ${check.name}\n` : `  ✗ ${check.name}: ${failure}\n`);
    if (failure !== undefined) failures.push(check.name);
  }
  return {
    name: tier.name,
    passed: all.length - failures.length,
    failed: failures.length,
    skipped: skips.length,
    seconds: (Date.now() - begun) / 1000,
    failures,
    skips,
  };
}

async function runJest(clone: string, tier: Tier, env: Record<string, string>): Promise<TierResult> {
  const begun = Date.now();
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-jest-"));
  const report = join(folder, "report.json");
  const paths = tier.paths.filter((path) => existsSync(join(clone, path)));
  // Without a path jest would run everything.
  if (paths.length === 0) throw new Error(`tier ${tier.name}: none of its folders ${tier.paths.join(", ")} is there`);
  const args = [
    join(clone, "node_modules", "jest", "bin", "jest.js"),
    ...paths.map((path) => join(clone, path, "/")),
    "--json",
    `--outputFile=${report}`,
    ...(tier.workers === 1 ? ["--runInBand"] : [`--maxWorkers=${tier.workers}`]),
  ];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: clone,
      env: { ...process.env, ...env },
      // Jest's JSON goes to the file; what it prints for people goes to stderr, ours to see.
      stdio: ["ignore", "ignore", "inherit"],
      // Something that a test left open would keep it for ever.
      timeout: TIER_DEADLINE_MS,
      killSignal: "SIGKILL",
    });
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  const seconds = (Date.now() - begun) / 1000;
  if (!existsSync(report)) {
    return {
      name: tier.name,
      passed: 0,
      failed: 1,
      skipped: 0,
      seconds,
      failures: [`jest wrote no report, after ${Math.round(seconds)} s of at most ${TIER_DEADLINE_MS / 1000} s`],
      skips: [],
    };
  }
  const result = resultOf(tier.name, JSON.parse(readFileSync(report, "utf8")) as JestReport, seconds);
  rmSync(folder, { recursive: true, force: true });
  return result;
}
