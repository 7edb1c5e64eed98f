import { parseArgs } from "node:util";

/** What every command takes. */
export interface Options {
  stack: string;
  /** Settings for this run only. */
  set: ReadonlyMap<string, string>;
  help: boolean;
  /** What stands there without dashes, in order. */
  positionals: readonly string[];
  /** Flags of one command, by name. */
  flags: Readonly<Record<string, string | boolean>>;
  /** Values of flags that may be given several times, by name and in order; those that were given. */
  lists: Readonly<Record<string, readonly string[]>>;
}

/** Flags that most commands take. */
export type CommonFlag = "stack" | "set";

/** A flag that only some commands have. */
export interface Flag {
  type: "string" | "boolean";
  /** Whether it may be given several times, with a value each; it is one of `Options.lists` then. */
  repeatable?: true;
  description: string;
}

/** A mistake in the command line: exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** The stack that a command works on when none is named. */
export const DEFAULT_STACK = "dev";

/**
 * The names that a flag lists by comma.
 *
 * @param known what it may list
 * @param refusal what to say of the names that it may not
 * @returns in the flag's order; `undefined` when the flag is not given
 * @throws UsageError
 */
export function chosenNames<T extends string>(
  value: string | boolean | undefined,
  known: readonly T[],
  refusal: (unknown: readonly string[]) => string,
): readonly T[] | undefined {
  if (typeof value !== "string") return undefined;
  const isKnown = (name: string): name is T => known.some((one) => one === name);
  const names = value.split(",");
  const unknown = names.filter((name) => !isKnown(name));
  if (unknown.length > 0) throw new UsageError(refusal(unknown));
  return names.filter(isKnown);
}

export function parseOptions(
  argv: readonly string[],
  flags: Readonly<Record<string, Flag>> = {},
  without: readonly CommonFlag[] = [],
  takesPositionals = false,
): Options {
  const { values, positionals } = parse(argv, flags, without, takesPositionals);
  const set = new Map<string, string>();
  for (const pair of (values.set as string[] | undefined) ?? []) {
    const at = pair.indexOf("=");
    if (at < 1) throw new UsageError(`--set ${pair}: write it as --set key=value`);
    set.set(pair.slice(0, at), pair.slice(at + 1));
  }
  const own = Object.keys(flags).flatMap((name) => {
    const value = values[name];
    return value === undefined || Array.isArray(value) ? [] : [[name, value] as const];
  });
  const lists = Object.keys(flags).flatMap((name) => {
    const value = values[name];
    return Array.isArray(value) ? [[name, value.map(String)] as const] : [];
  });
  return {
    stack: typeof values.stack === "string" ? values.stack : DEFAULT_STACK,
    set,
    help: values.help === true,
    positionals,
    flags: Object.fromEntries(own),
    lists: Object.fromEntries(lists),
  };
}

function parse(
  argv: readonly string[],
  flags: Readonly<Record<string, Flag>>,
  without: readonly CommonFlag[],
  allowPositionals: boolean,
): { values: Record<string, string | boolean | (string | boolean)[] | undefined>; positionals: string[] } {
  const declared = Object.fromEntries(
    Object.entries(flags).map(([name, { type, repeatable = false }]) => [name, { type, multiple: repeatable }]),
  );
  try {
    return parseArgs({
      args: [...argv],
      options: {
        ...declared,
        ...(without.includes("stack") ? {} : { stack: { type: "string" as const } }),
        ...(without.includes("set") ? {} : { set: { type: "string" as const, multiple: true } }),
        help: { type: "boolean", short: "h" },
      },
      allowPositionals,
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; --help lists the options`);
  }
}
