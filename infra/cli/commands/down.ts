import { existsSync } from "node:fs";
import { changeStack } from "../../engine/operation";
import { engineCall, openSession } from "../../engine/session";
import { removeStackFiles } from "../../engine/stack-files";
import type { Command } from "../command";
import { exitCodes } from "../command";
import { prepareEngine } from "./prepare";

export const down: Command = {
  summary: "Removes everything that the stack made, and the stack itself.",
  async run(options, { clone }) {
    const session = openSession(clone, options.stack, options.set);
    if (!existsSync(session.files.checkpoint)) {
      process.stdout.write(`stack ${options.stack}: nothing to remove\n`);
      return exitCodes.ok;
    }
    const engine = await prepareEngine();
    const code = await changeStack(session, engine, { name: "destroy", args: ["--yes", "--skip-preview"] });
    if (code !== 0) return exitCodes.failed;
    await engineCall(session, engine, ["stack", "rm", options.stack, "--yes", "--preserve-config"]);
    removeStackFiles(session.files);
    return exitCodes.ok;
  },
};
