import { captured } from "../../engine/captured";
import { alone, changeStack } from "../../engine/operation";
import { openSession } from "../../engine/session";
import { program } from "../../index";
import { answerTable } from "../../report/answers";
import type { Command } from "../command";
import { exitCodes } from "../command";
import { prepareRun } from "./prepare";

export const up: Command = {
  summary: "Creates or changes the stack and ends with each function's live answer.",
  flags: { refresh: { type: "boolean", description: "read the live state of every object first" } },
  async run(options, { clone }) {
    const session = openSession(clone, options.stack, options.set);
    const engine = await prepareRun(session);
    const outputs = captured(program);
    const args = ["--yes", "--skip-preview", ...(options.flags.refresh ? ["--refresh"] : [])];
    const { program: run } = outputs;
    const code = await alone(session, () => changeStack(session, engine, { name: "up", args, program: run }));
    if (code !== 0) return exitCodes.failed;
    const answers = await answerTable(await outputs.values());
    process.stdout.write(answers.text);
    return answers.allWell ? exitCodes.ok : exitCodes.failed;
  },
};
