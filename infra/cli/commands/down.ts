import { existsSync } from "node:fs";
import { alone, changeStack } from "../../engine/operation";
import { protectedNames } from "../../engine/resources";
import { type Engine, engineCall, openSession, type Session } from "../../engine/session";
import { removeStackFiles } from "../../engine/stack-files";
import { deleteStack } from "../../local/machine";
import type { Command } from "../command";
import { exitCodes } from "../command";
import { UsageError } from "../options";
import { prepareRemoval } from "./prepare";

export const down: Command = {
  summary: "Removes everything that the stack made, and the stack itself.",
  async run(options, { clone }) {
    const session = openSession(clone, options.stack, options.set);
    refuseProtected(session.stack, session.settings.production, protectedNames(session.files));
    const engine = await prepareRemoval(session);
    return alone(session, () => removeStack(session, engine));
  },
};

/** How many protected resources a message names; they are in the order in which they were made. */
const NAMED = 4;

/**
 * Keeps a stack in production: the engine would delete all else before it comes to what is protected.
 *
 * @param production what the settings say
 * @param names what the state says is protected
 * @throws UsageError that says how the stack can be removed all the same
 */
export function refuseProtected(stack: string, production: boolean, names: readonly string[]): void {
  if (!production && names.length === 0) return;
  const shown = names.slice(0, NAMED).join(", ") + (names.length > NAMED ? ` and ${names.length - NAMED} more` : "");
  const facts = [
    ...(production ? ["is one in production"] : []),
    ...(names.length === 0 ? [] : [`has ${names.length} protected resource${names.length === 1 ? "" : "s"}: ${shown}`]),
  ];
  const off = `--stack ${stack} --set production=false`;
  throw new UsageError(
    [
      `stack ${stack} ${facts.join(" and ")}. Nothing was removed.`,
      "To remove it with all its data, lift the protection first, then remove it:",
      ...(names.length === 0 ? [] : [`  npm run up -- ${off}`]),
      `  npm run down -- ${off}`,
      ...(names.length === 0
        ? []
        : ["When up cannot run any more, plain Pulumi lifts it: pulumi state unprotect --all (npm run env)"]),
    ].join("\n"),
  );
}

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
