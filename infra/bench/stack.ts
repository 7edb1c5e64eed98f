import type { Moment } from "../engine/timeline";
import { runCommand, runJob } from "./child";
import { asStep, type BenchContext, type BenchPart, machinesObstacle } from "./context";
import { logins } from "./inside";
import type { UpReport } from "./jobs";
import { belongings, leftovers } from "./leftovers";
import { medianPhases } from "./measurement";

const REACH_UP_SECONDS = 30;
const REACH_UP_3_SECONDS = 60;
const REACH_DOWN_SECONDS = 10;

/** How often `up` and `down` run with one machine, and with three. */
const RUNS = { one: 3, three: 2 };

/** The whole way: from nothing to an answer, and back. */
export const stackPart = (machines: 1 | 3): BenchPart => ({
  description: `up from nothing to the first answer with ${machines === 1 ? "one machine" : "three machines"}, and down`,
  obstacle: machinesObstacle,
  async measure(context) {
    const runs = machines === 1 ? RUNS.one : RUNS.three;
    const part = machines === 1 ? "up" : "up3";
    const ups: UpReport[] = [];
    const downs: number[] = [];
    const left: number[] = [];
    const found: string[] = [];
    for (let run = 0; run < runs; run += 1) {
      ups.push(await up(context, machines, `up of ${machines}, ${run + 1} of ${runs}`));
      const { seconds, leftovers } = await down(context);
      downs.push(seconds);
      left.push(leftovers.length);
      found.push(...leftovers);
    }
    const size = machines === 1 ? "" : `, ${machines} machines`;
    return [
      {
        part,
        what: `up from nothing to the first wasm HTTP 200${size}`,
        unit: "s",
        reach: machines === 1 ? REACH_UP_SECONDS : REACH_UP_3_SECONDS,
        values: ups.map(({ answered }) => answered),
        phases: medianPhases(ups.map(phasesOf)),
        notes: ["toolchain and payloads cached; from the start of the process"],
      },
      {
        part,
        what: `down to zero leftovers${size}`,
        unit: "s",
        reach: REACH_DOWN_SECONDS,
        values: downs,
      },
      {
        part,
        what: `… leftovers (processes, mounts, links, cgroups, rules, files)${size}`,
        unit: "",
        reach: 0,
        values: left,
        notes: found,
      },
    ];
  },
});

/** What growing a stack by one machine does to the machine that was there. */
export const addPart: BenchPart = {
  description: "commands on the other machines when one is added",
  obstacle: machinesObstacle,
  async measure(context) {
    const first = { stack: context.stack, name: `${context.stack}-0` };
    await up(context, 1, "up of 1, to be grown");
    const before = await logins(first);
    const grown = await up(context, 2, "one machine more");
    const after = await logins(first);
    await down(context);
    return [
      {
        part: "add",
        what: "adding machine n+1: commands on the other n (logins over SSH)",
        unit: "",
        reach: 0,
        values: [after - before],
        notes: before > 0 ? [] : ["no login was seen at all, so the count says nothing"],
      },
      { part: "add", what: "adding machine n+1: time", unit: "s", values: [grown.answered], phases: phasesOf(grown) },
    ];
  },
};

const overrides = (machines: number): Record<string, string> => ({ composition: "dev", nodes: String(machines) });

async function up(context: BenchContext, machines: number, title: string): Promise<UpReport> {
  const { clone, stack } = context;
  const { result } = await asStep(context, title, () => runJob(clone, "up", { stack, set: overrides(machines) }));
  return result;
}

/** Removes the stack by the command that users have, and looks for what is left. */
export async function down(context: BenchContext): Promise<{ seconds: number; leftovers: string[] }> {
  const { clone, stack } = context;
  const owned = belongings(stack);
  const seconds = await asStep(context, "down", () =>
    runCommand(clone, ["down", "--stack", stack, "--set", "composition=dev"]),
  );
  return { seconds, leftovers: await leftovers(owned) };
}

/** What the user waits for, in order; each ends with the last resource whose name and type fit. */
const PHASES: readonly [string, (moment: Moment) => boolean][] = [
  ["machines reachable", ({ name }) => name.endsWith("-machine")],
  ["runtime proved", ({ name }) => name.endsWith("-transaction")],
  ["cluster", ({ type, name }) => type.startsWith("command:") && /control-plane|init|join/.test(name)],
  ["function Ready", ({ type }) => type.startsWith("kubernetes:")],
];

/** Seconds of each phase; the phases overlap where resources are made side by side, so each counts from the one before. */
export function phasesOf({ programBegan, moments, engineEnded, answered }: UpReport): Record<string, number> {
  const ends = PHASES.flatMap(([phase, belongs]) => {
    const times = moments.filter(belongs).map(({ seconds }) => seconds);
    return times.length > 0 ? [[phase, Math.max(...times)] as const] : [];
  });
  const marks = [["start", programBegan] as const, ...ends, ["engine ends", engineEnded] as const];
  const phases: Record<string, number> = {};
  let reached = 0;
  for (const [phase, end] of [...marks, ["answer", answered] as const]) {
    phases[phase] = Math.max(0, end - reached);
    reached = Math.max(reached, end);
  }
  return phases;
}
