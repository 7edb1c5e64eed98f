import type { CommonFlag, Flag, Options } from "./options";

/** One subcommand of the command line. */
export interface Command {
  /** One line for the list of commands. */
  summary: string;
  /** What it takes besides flags, as its help shows it: `list | sync DIR`. Default: nothing. */
  positionals?: string;
  /** More lines for its help. */
  details?: readonly string[];
  /** Flags beside the common ones and --help. */
  flags?: Readonly<Record<string, Flag>>;
  /** Common flags that make no sense for it. Default: it takes all of them. */
  without?: readonly CommonFlag[];
  /** Returns the exit code. */
  run(options: Options, context: CommandContext): Promise<number>;
}

export interface CommandContext {
  /** Root folder of this clone. */
  clone: string;
}

/** Exit codes of every command. */
export const exitCodes = {
  ok: 0,
  /** The operation ran and failed. */
  failed: 1,
  /** The command line or the settings are wrong; nothing was begun. */
  usage: 2,
  /** Another run works on the stack; nothing was begun. */
  busy: 75,
} as const;

const COMMON_FLAGS: Readonly<Record<CommonFlag, string>> = {
  stack: "  --stack NAME        stack to work on (default: dev)",
  set: "  --set KEY=VALUE     a setting for this run only; may be given several times",
};

export function helpText(name: string, command: Command): string {
  const flags = Object.entries(command.flags ?? {}).map(([flag, { type, repeatable, description }]) => {
    const more = repeatable ? "; may be given several times" : "";
    return `  --${flag}${type === "string" ? " VALUE" : ""}`.padEnd(22) + description + more;
  });
  const common = (Object.keys(COMMON_FLAGS) as CommonFlag[]).filter((flag) => !command.without?.includes(flag));
  return [
    command.positionals ? `npm run ${name} -- ${command.positionals} [OPTIONS]` : `npm run ${name} [-- OPTIONS]`,
    "",
    command.summary,
    ...(command.details ? ["", ...command.details] : []),
    "",
    ...common.map((flag) => COMMON_FLAGS[flag]),
    ...flags,
    "  -h, --help          this text",
    "",
    "Exit codes: 0 done, 1 failed, 2 wrong options or settings, 75 another run works on the stack.",
    "",
  ].join("\n");
}
