import { existsSync } from "node:fs";
import { alone, changeStack } from "../../engine/operation";
import { engineCall, openSession } from "../../engine/session";
import { removeStackFiles } from "../../engine/stack-files";
import { program } from "../../index";
import type { Command } from "../command";
import { exitCodes } from "../command";
import { admitCluster } from "./admit-cluster";
import { prepareRun } from "./prepare";

export const preview: Command = {
  summary: "Shows what up would change, object by object, and changes nothing.",
  flags: { diff: { type: "boolean", description: "show every property of each change" } },
  async run(options, { clone }) {
    const session = openSession(clone, options.stack, options.set);
    const engine = await prepareRun(session);
    const fresh = !existsSync(session.files.checkpoint);
    const args = options.flags.diff ? ["--diff"] : [];
    const code = await alone(session, async () => {
      const admit = (): Promise<void> => admitCluster(session, engine);
      const result = await changeStack(session, engine, { name: "preview", args, program, admit });
      // The engine previews existing stacks only; an empty one that was made for it goes again.
      if (fresh) {
        await engineCall(session, engine, ["stack", "rm", options.stack, "--yes", "--preserve-config"]);
        removeStackFiles(session.files);
      }
      return result;
    });
    return code === 0 ? exitCodes.ok : exitCodes.failed;
  },
};
