import { existsSync } from "node:fs";
import { changeStack } from "../../engine/operation";
import { openSession } from "../../engine/session";
import { program } from "../../index";
import type { Command } from "../command";
import { exitCodes } from "../command";
import { prepareRun } from "./prepare";

export const preview: Command = {
  summary: "Shows what up would change, object by object, and changes nothing.",
  flags: { diff: { type: "boolean", description: "show every property of each change" } },
  async run(options, { clone }) {
    const session = openSession(clone, options.stack, options.set);
    const engine = await prepareRun(session);
    const fresh = !existsSync(session.files.checkpoint);
    const code = await changeStack(session, engine, {
      name: "preview",
      args: options.flags.diff ? ["--diff"] : [],
      program,
    });
    if (fresh && code === 0) process.stdout.write(`stack ${options.stack} does not exist yet; up creates it\n`);
    return code === 0 ? exitCodes.ok : exitCodes.failed;
  },
};
