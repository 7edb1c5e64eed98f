import { mendState } from "../../engine/operation";
import { engineEnvironment, ensureStack, openSession } from "../../engine/session";
import type { Command } from "../command";
import { exitCodes } from "../command";
import { ENGINE_VARIABLE } from "../plain-pulumi";
import { prepareEngine } from "./prepare";

/** Quotes a value for a POSIX shell. */
export const shellQuote = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;

export const env: Command = {
  summary: 'Prints shell lines that make plain `pulumi` work on the stack: eval "$(npm run -s env)".',
  async run(options, { clone }) {
    const session = openSession(clone, options.stack, options.set);
    const engine = await prepareEngine(session.settings);
    await mendState(session);
    await ensureStack(session, engine);
    const { PATH, ...variables }: Record<string, string> = {
      ...engineEnvironment(session, engine),
      PULUMI_STACK: options.stack,
      [ENGINE_VARIABLE]: engine.pulumi,
    };
    const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuote(value)}`);
    process.stdout.write(`${lines.join("\n")}\nexport PATH=${shellQuote(PATH ?? "")}:"$PATH"\n`);
    return exitCodes.ok;
  },
};
