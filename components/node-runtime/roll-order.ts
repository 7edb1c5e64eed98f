/** Which machines change first, and how many at once. */
export interface RollOptions {
  /** Name of the machine that changes before all others. Default: the first. */
  canary?: string;
  /**
   * Most machines that change at the same time once the canary has: a number from 1, or a share of all machines such
   * as `25%`. A share is rounded up, as that of a DaemonSet, so that it is never none. Default 1.
   */
  maxUnavailable?: MaxUnavailable;
}

export type MaxUnavailable = number | `${number}%`;

/** A machine, and those that must have changed before it does. */
export interface RollStep {
  machine: string;
  after: readonly string[];
}

/** What `parseMaxUnavailable` takes, for messages. */
export const MAX_UNAVAILABLE = "a whole number from 1, or a share of the machines from 1% to 100%";

/** `2` or `25%`; `undefined` when it is neither. */
export function parseMaxUnavailable(text: string): MaxUnavailable | undefined {
  const [, digits = "", percent] = /^([1-9]\d*)(%?)$/.exec(text) ?? [];
  if (digits === "") return undefined;
  if (percent === "") return Number(digits);
  return Number(digits) <= 100 ? `${Number(digits)}%` : undefined;
}

/**
 * Machines in the order in which they change. Each waits for few others, and through them for all that come before:
 * a failure anywhere leaves the machines behind it as they were.
 *
 * After the canary, machine number i waits for number i-k alone, so that k rows of machines move side by side and a
 * slow machine holds up its own row only.
 *
 * @param machines names, each there once
 * @throws when the canary is none of them, or nothing may be unavailable
 */
export function rollOrder(machines: readonly string[], options: RollOptions = {}): RollStep[] {
  const [first] = machines;
  if (first === undefined) return [];
  const canary = options.canary ?? first;
  if (!machines.includes(canary)) throw new Error(`canary "${canary}" is none of the machines ${machines.join(", ")}`);
  const rows = atOnce(options.maxUnavailable ?? 1, machines.length);
  const others = machines.filter((machine) => machine !== canary);
  return [
    { machine: canary, after: [] },
    ...others.map((machine, index) => ({ machine, after: [others[index - rows] ?? canary] })),
  ];
}

function atOnce(maxUnavailable: MaxUnavailable, machines: number): number {
  const parsed = parseMaxUnavailable(String(maxUnavailable));
  if (parsed === undefined) throw new Error(`maxUnavailable "${maxUnavailable}" is not ${MAX_UNAVAILABLE}`);
  return typeof parsed === "number" ? parsed : Math.ceil((Number.parseInt(parsed, 10) * machines) / 100);
}

/**
 * Declares something on each machine so that the engine changes the machines in their order: what depends on a
 * resource that failed is not run.
 *
 * @param declare gets a machine and what was declared on those that it waits for
 * @returns what was declared, in the order of `machines`
 */
export function inRollOrder<M extends { name: string }, T>(
  machines: readonly M[],
  options: RollOptions,
  declare: (machine: M, after: readonly T[]) => T,
): T[] {
  const byName = new Map(machines.map((machine) => [machine.name, machine]));
  const declared = new Map<string, T>();
  for (const { machine, after } of rollOrder([...byName.keys()], options))
    declared.set(
      machine,
      declare(
        byName.get(machine)!,
        after.map((name) => declared.get(name)!),
      ),
    );
  return machines.map(({ name }) => declared.get(name)!);
}
