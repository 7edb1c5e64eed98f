import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rawSettings } from "../../engine/stack-files";
import { parseSettings } from "../../settings";
import { checks, runCheck } from "../../testing/checks";
import { type JestReport, resultOf, summary, type Tier, type TierResult, tiers } from "../../testing/tiers";
import { streamProgress } from "../../toolchain/progress";
import { ensureSystemPackages } from "../../toolchain/system-packages";
import { type Command, exitCodes } from "../command";
import { UsageError } from "../options";
import { prepareTests } from "./prepare";

export const test: Command = {
  summary: "Runs every test that this machine can run, cheapest first, with a reason for each that it skips.",
  flags: {
    tier: { type: "string", description: `only these tiers, by comma: ${tiers.map((tier) => tier.name).join(",")}` },
  },
  async run(options, { clone }) {
    const chosen = chooseTiers(options.flags.tier);
    await ensureSystemPackages(["shellcheck"], streamProgress(process.stdout));
    const real = chosen.some((tier) => tier.paths.some((path) => path.startsWith("tests/")));
    const env = real ? (await prepareTests(parseSettings(rawSettings(clone)))).env : {};
    const results: TierResult[] = [];
    for (const tier of chosen) {
      process.stdout.write(`\n== ${tier.name}: ${tier.description}\n`);
      results.push(tier.paths.length === 0 ? await runChecks(clone, tier) : await runJest(clone, tier, env));
    }
    process.stdout.write(summary(results));
    return results.some((result) => result.failed > 0) ? exitCodes.failed : exitCodes.ok;
  },
};

function chooseTiers(names: string | boolean | undefined): readonly Tier[] {
  if (typeof names !== "string") return tiers;
  return names.split(",").map((name) => {
    const tier = tiers.find((one) => one.name === name);
    if (!tier) throw new UsageError(`--tier ${name}: choose from ${tiers.map((one) => one.name).join(", ")}`);
    return tier;
  });
}

async function runChecks(clone: string, tier: Tier): Promise<TierResult> {
  const begun = Date.now();
  const failures: string[] = [];
  const all = await checks(clone);
  for (const check of all) {
    const failure = await runCheck(clone, check);
    process.stdout.write(failure === undefined ? `  ✓ ${check.name}\n` : `  ✗ ${check.name}: ${failure}\n`);
    if (failure !== undefined) failures.push(check.name);
  }
  return {
    name: tier.name,
    passed: all.length - failures.length,
    failed: failures.length,
    skipped: 0,
    seconds: (Date.now() - begun) / 1000,
    failures,
    skips: [],
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
    ...(tier.serial ? ["--runInBand"] : []),
  ];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: clone,
      env: { ...process.env, ...env },
      // Jest's JSON goes to the file; what it prints for people goes to stderr, ours to see.
      stdio: ["ignore", "ignore", "inherit"],
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
      failures: ["jest wrote no report"],
      skips: [],
    };
  }
  const result = resultOf(tier.name, JSON.parse(readFileSync(report, "utf8")) as JestReport, seconds);
  rmSync(folder, { recursive: true, force: true });
  return result;
}
