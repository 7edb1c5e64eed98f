import { existsSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { measure, parts } from "../../bench";
import { type BenchContext, machinesObstacle, nodeStack } from "../../bench/context";
import { table, toJson } from "../../bench/measurement";
import { down } from "../../bench/stack";
import { PROJECT } from "../../engine/session";
import { stackFiles } from "../../engine/stack-files";
import { deleteStack } from "../../local/machine";
import { streamProgress } from "../../toolchain/progress";
import { type Command, exitCodes } from "../command";
import { chosenNames, DEFAULT_STACK, UsageError } from "../options";
import { prepareEngine } from "./prepare";

/** Stack that is made and removed when none is named. */
const BENCH_STACK = "bench";

export const bench: Command = {
  summary: "Measures the whole way on this machine, with a stack of its own (default: bench) that it removes.",
  flags: {
    only: {
      type: "string",
      description: `only these, by comma: ${Object.keys(parts).join(",")} (cold only when named here)`,
    },
    json: { type: "string", description: "write the figures to this file too" },
  },
  without: ["set"],
  async run(options, { clone }) {
    const names = chooseParts(options.flags.only);
    // The stack of everyday work is never what is meant.
    const stack = options.stack === DEFAULT_STACK ? BENCH_STACK : options.stack;
    if (stack !== BENCH_STACK && exists(stack)) {
      throw new UsageError(`--stack ${stack}: it exists, and would be removed; name one that does not`);
    }
    const engine = await prepareEngine();
    const context: BenchContext = { clone, stack, engine, progress: streamProgress() };
    await removeStack(context);
    try {
      let failures = 0;
      const results = await measure(names, context, async (part, error) => {
        failures += 1;
        process.stderr.write(`${part}: ${error instanceof Error ? error.message : String(error)}\n`);
        await removeStack(context);
      });
      process.stdout.write(`\n${host()}\n${table(results)}`);
      if (typeof options.flags.json === "string") {
        const report = { date: new Date().toISOString(), host: host(), measurements: toJson(results) };
        writeFileSync(options.flags.json, `${JSON.stringify(report, undefined, 2)}\n`);
      }
      return failures > 0 ? exitCodes.failed : exitCodes.ok;
    } finally {
      await removeStack(context);
    }
  },
};

function chooseParts(only: string | boolean | undefined): readonly string[] {
  const all = Object.keys(parts);
  const refusal = (unknown: readonly string[]) => `--only ${unknown.join(",")}: choose from ${all.join(", ")}`;
  return chosenNames(only, all, refusal) ?? all.filter((name) => !parts[name]?.onlyByName);
}

const exists = (stack: string): boolean => existsSync(stackFiles(PROJECT, stack).checkpoint);

/** Removes what this run, or a killed one before it, has left. */
async function removeStack(context: BenchContext): Promise<void> {
  if (exists(context.stack)) await down(context);
  if (machinesObstacle() !== undefined) return;
  for (const stack of [context.stack, nodeStack(context.stack)]) await deleteStack(stack);
}

function host(): string {
  const processors = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${processors.length} x ${processors[0]?.model.trim() ?? "processor"}, ${memory}, Linux ${release()}, Node ${process.versions.node}`;
}
