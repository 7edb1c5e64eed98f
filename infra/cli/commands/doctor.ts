import { existsSync } from "node:fs";
import { collect, declaredStack, type Finding, jsonReport, judge, type Scope, textReport } from "../../doctor";
import { alone, changeStack, mendState } from "../../engine/operation";
import { type Engine, engineCall, openSession, type Session } from "../../engine/session";
import { program } from "../../index";
import { type Command, type CommandContext, exitCodes } from "../command";
import { type Options, UsageError } from "../options";
import { prepareEngine, prepareRun } from "./prepare";
import { up } from "./up";

const FORMATS = ["text", "json"] as const;

type Format = (typeof FORMATS)[number];

export const doctor: Command = {
  summary: "Finds what on the machines and in the cluster is not as the stack's last run left it. Changes nothing.",
  details: [
    "Each finding says what differs, why it matters and which command mends it. With --fix all that the program can",
    "mend is mended: it is `up` with the live state read first and a new value of the setting reconcile.",
    "Exit code 1 also stands for findings; with --fix for those that are left.",
  ],
  flags: {
    fix: { type: "boolean", description: "mend what can be mended, then look again" },
    format: { type: "string", description: "text or json (default: text)" },
  },
  async run(options, context) {
    const format = formatOf(options.flags.format);
    if (format === "json" && options.flags.fix)
      throw new UsageError("--fix prints what it does; --format json is for looking alone");
    const session = openSession(context.clone, options.stack, options.set);
    if (!existsSync(session.files.checkpoint)) {
      process.stderr.write(`stack ${options.stack} is not up; npm run up -- --stack ${options.stack} makes it\n`);
      return exitCodes.failed;
    }
    const engine = await prepareEngine(session.settings);
    await mendState(session);
    const found = await examine(session, engine);
    process.stdout.write((format === "json" ? jsonReport : textReport)(found.scope, found.findings));
    const { findings, failed } = options.flags.fix ? await fix(options, context, session, engine, found) : found;
    return findings.length > 0 || failed ? exitCodes.failed : exitCodes.ok;
  },
};

/** @throws UsageError */
function formatOf(value: string | boolean = "text"): Format {
  const format = FORMATS.find((one) => one === value);
  if (format === undefined) throw new UsageError(`--format ${value}: it is ${FORMATS.join(" or ")}`);
  return format;
}

interface Examination {
  scope: Scope;
  findings: Finding[];
  /** Whether the live state of its objects can be read. */
  clusterAnswers: boolean;
  /** Whether the `up` before it failed. */
  failed?: boolean;
}

async function examine(session: Session, engine: Engine): Promise<Examination> {
  const { stack } = session;
  const exported = await engineCall(session, engine, ["stack", "export", "--show-secrets", "--stack", stack]);
  const declared = declaredStack(stack, exported);
  const observed = await collect(declared);
  return {
    scope: { stack, machines: declared.machines.length, objects: declared.objects.length },
    findings: judge(declared, observed, Date.now()),
    clusterAnswers: observed.cluster?.silent === undefined,
  };
}

/**
 * `up` does all that the program declares, which with other settings than those of the last run is more than mending.
 *
 * @throws Error that says how to see what it is
 */
async function refuseOtherChanges({ stack }: Options, session: Session): Promise<void> {
  const engine = await prepareRun(session);
  const args = ["--expect-no-changes"];
  const code = await alone(session, () =>
    changeStack(session, engine, { name: "preview", args, program, output: "ignore" }),
  );
  if (code === 0) return;
  throw new Error(
    `nothing was mended: up would change more than that, as npm run preview -- --stack ${stack} shows; give --fix the --set of the last up, or run up first`,
  );
}

/** Machines first where the cluster is down with them: reading its objects would fail before anything is mended. */
const PASSES = 2;

async function fix(
  options: Options,
  context: CommandContext,
  session: Session,
  engine: Engine,
  found: Examination,
): Promise<Examination> {
  if (found.findings.some(({ fixable }) => fixable)) await refuseOtherChanges(options, session);
  let now = found;
  for (let pass = 1; pass <= PASSES && now.findings.some(({ fixable }) => fixable); pass += 1) {
    const { clusterAnswers } = now;
    const set = new Map(options.set).set("reconcile", new Date().toISOString());
    const code = await up.run({ ...options, set, flags: clusterAnswers ? { refresh: true } : {} }, context);
    now = { ...(await examine(session, engine)), failed: code !== exitCodes.ok };
    if (clusterAnswers) break;
  }
  if (now !== found) process.stdout.write(`\n${textReport(now.scope, now.findings)}`);
  return now;
}
