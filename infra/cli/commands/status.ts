import { existsSync } from "node:fs";
import { mendState } from "../../engine/operation";
import { engineCall, openSession } from "../../engine/session";
import { answerTable } from "../../report/answers";
import { machineTable } from "../../report/machines";
import type { Command } from "../command";
import { exitCodes } from "../command";
import { prepareEngine } from "./prepare";

export const status: Command = {
  summary: "Shows machines, their runtime versions, and each function with its live answer. Changes nothing of them.",
  async run(options, { clone }) {
    const session = openSession(clone, options.stack, options.set);
    if (!existsSync(session.files.checkpoint)) {
      process.stdout.write(`stack ${options.stack} is not up; npm run up -- --stack ${options.stack} makes it\n`);
      return exitCodes.failed;
    }
    const engine = await prepareEngine();
    await mendState(session);
    const printed = await engineCall(session, engine, ["stack", "output", "--json", "--stack", options.stack]);
    const outputs = JSON.parse(printed) as Record<string, unknown>;
    const [machines, answers] = await Promise.all([machineTable(outputs), answerTable(outputs)]);
    process.stdout.write(machines.text + answers.text);
    return machines.allWell && answers.allWell ? exitCodes.ok : exitCodes.failed;
  },
};
