import { existsSync } from "node:fs";
import { mendState } from "../../engine/operation";
import { engineCall, openSession } from "../../engine/session";
import { answerTable } from "../../report/answers";
import { machineTable } from "../../report/machines";
import { platformTable } from "../../report/platform";
import type { Command } from "../command";
import { exitCodes } from "../command";
import { prepareEngine } from "./prepare";

export const status: Command = {
  summary:
    "Shows machines, their runtime versions, the platform, and each function with its live answer. Changes nothing of them.",
  async run(options, { clone }) {
    const session = openSession(clone, options.stack, options.set);
    if (!existsSync(session.files.checkpoint)) {
      process.stdout.write(`stack ${options.stack} is not up; npm run up -- --stack ${options.stack} makes it\n`);
      return exitCodes.failed;
    }
    const engine = await prepareEngine(session.settings);
    await mendState(session);
    const printed = await engineCall(session, engine, ["stack", "output", "--json", "--stack", options.stack]);
    const outputs = JSON.parse(printed) as Record<string, unknown>;
    const kubeconfig = (): Promise<string> =>
      engineCall(session, engine, ["stack", "output", "kubeconfig", "--show-secrets", "--stack", options.stack]);
    const tables = await Promise.all([machineTable(outputs), platformTable(outputs, kubeconfig), answerTable(outputs)]);
    process.stdout.write(tables.map(({ text }) => text).join(""));
    return tables.every(({ allWell }) => allWell) ? exitCodes.ok : exitCodes.failed;
  },
};
