import { existsSync } from "node:fs";
import { alone, changeStack } from "../../engine/operation";
import { type Engine, engineCall, openSession, type Session } from "../../engine/session";
import { removeStackFiles } from "../../engine/stack-files";
import { deleteStack } from "../../local/machine";
import type { Command } from "../command";
import { exitCodes } from "../command";
import { prepareRemoval } from "./prepare";

export const down: Command = {
  summary: "Removes everything that the stack made, and the stack itself.",
  async run(options, { clone }) {
    const session = openSession(clone, options.stack, options.set);
    const engine = await prepareRemoval(session);
    return alone(session, () => removeStack(session, engine));
  },
};

async function removeStack(session: Session, engine: Engine): Promise<number> {
  if (!existsSync(session.files.checkpoint)) {
    await removeLeftovers(session);
    process.stdout.write(`stack ${session.stack}: nothing to remove\n`);
    return exitCodes.ok;
  }
  const code = await changeStack(session, engine, { name: "destroy", args: ["--yes", "--skip-preview"] });
  if (code !== 0) return exitCodes.failed;
  await engineCall(session, engine, ["stack", "rm", session.stack, "--yes", "--preserve-config"]);
  await removeLeftovers(session);
  // The engine's last words are advice on a stack that is still there.
  process.stdout.write(`stack ${session.stack}: removed, with all that it made\n`);
  return exitCodes.ok;
}

/** A killed run can leave a machine that no state knows, and what this program keeps beside the engine's state. */
async function removeLeftovers({ stack, files }: Session): Promise<void> {
  if (process.getuid?.() === 0) await deleteStack(stack);
  removeStackFiles(files);
}
