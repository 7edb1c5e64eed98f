import { StackBusyError } from "../engine/interrupted";
import { SettingsError } from "../settings";
import { type Command, exitCodes, helpText } from "./command";
import { parseOptions, UsageError } from "./options";

/** Loaded when called: a command pays for its own start-up only. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./commands/up.js")).up,
  down: async () => (await import("./commands/down.js")).down,
  preview: async () => (await import("./commands/preview.js")).preview,
  status: async () => (await import("./commands/status.js")).status,
  doctor: async () => (await import("./commands/doctor.js")).doctor,
  env: async () => (await import("./commands/env.js")).env,
  backup: async () => (await import("./commands/backup.js")).backup,
  mirror: async () => (await import("./commands/mirror.js")).mirror,
  lint: async () => (await import("./commands/lint.js")).lint,
  import: async () => (await import("./commands/import.js")).importFunctions,
  bench: async () => (await import("./commands/bench.js")).bench,
  test: async () => (await import("./commands/test.js")).test,
};

/** Runs one command and sets the process's exit code. */
export async function main(argv: readonly string[], clone: string): Promise<void> {
  process.exitCode = await dispatch(argv, clone);
  if (process.exitCode === exitCodes.failed) await nameFullDisks();
}

/** A full disk fails whatever comes first, often in words of its own. */
async function nameFullDisks(): Promise<void> {
  try {
    const { fullDisks } = await import("../toolchain/preflight.js");
    for (const full of await fullDisks()) process.stderr.write(`${full}\n`);
  } catch {
    // What failed has been said.
  }
}

async function dispatch([name, ...rest]: readonly string[], clone: string): Promise<number> {
  const load = commands[name ?? ""];
  if (!name || !load) {
    process.stderr.write(`usage: npm run ${Object.keys(commands).join("|")} [-- OPTIONS]\n`);
    return exitCodes.usage;
  }
  try {
    const command = await load();
    const options = parseOptions(rest, command.flags, command.without, command.positionals !== undefined);
    if (options.help) {
      process.stdout.write(helpText(name, command));
      return exitCodes.ok;
    }
    return await command.run(options, { clone });
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError || error instanceof SettingsError) return exitCodes.usage;
    if (error instanceof StackBusyError) return exitCodes.busy;
    if (process.env.OFWASM_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return exitCodes.failed;
  }
}
