import { captured } from "../../engine/captured";
import { alone, changeStack } from "../../engine/operation";
import { openSession } from "../../engine/session";
import { program } from "../../index";
import { bootStack } from "../../local/machine";
import { answerTable } from "../../report/answers";
import type { Command } from "../command";
import { exitCodes } from "../command";
import { type Options, UsageError } from "../options";
import { prepareRun } from "./prepare";

/** Without a wildcard: one resource is meant. */
const RESOURCE_NAME = /^[\w.-]+$/;

/** How long functions get until they answer: a cluster whose machines have just booted, or of which one was removed. */
const PATIENCE_MS = 90_000;

/** After a restart of this host its machines are off, which the engine does not see. */
async function bootMachines(stack: string): Promise<void> {
  const booted = process.getuid?.() === 0 ? await bootStack(stack) : [];
  if (booted.length > 0) process.stderr.write(`booted ${booted.join(", ")}\n`);
}

export const up: Command = {
  summary: "Creates or changes the stack and ends with each function's live answer.",
  flags: {
    refresh: { type: "boolean", description: "read the live state of every object first" },
    replace: { type: "string", description: "make this resource anew, by its name: a machine is NAME-machine" },
  },
  async run(options, { clone }) {
    const session = openSession(clone, options.stack, options.set);
    const engine = await prepareRun(session);
    const outputs = captured(program);
    const args = ["--yes", "--skip-preview", ...engineFlags(options.flags)];
    const { program: run } = outputs;
    const code = await alone(session, async () => {
      await bootMachines(options.stack);
      return changeStack(session, engine, { name: "up", args, program: run });
    });
    if (code !== 0) return exitCodes.failed;
    const answers = await answerTable(await outputs.values(), PATIENCE_MS);
    process.stdout.write(answers.text);
    return answers.allWell ? exitCodes.ok : exitCodes.failed;
  },
};

function engineFlags({ refresh, replace }: Options["flags"]): string[] {
  if (typeof replace === "string" && !RESOURCE_NAME.test(replace))
    throw new UsageError(
      `--replace ${replace}: the name of one resource, as \`pulumi stack --show-urns\` ends its line`,
    );
  return [...(refresh ? ["--refresh"] : []), ...(replace === undefined ? [] : ["--replace", `**::${replace}`])];
}
