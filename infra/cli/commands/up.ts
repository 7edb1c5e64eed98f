import { captured } from "../../engine/captured";
import { alone, changeStack } from "../../engine/operation";
import { resourceUrns } from "../../engine/resources";
import { openSession } from "../../engine/session";
import type { StackFiles } from "../../engine/stack-files";
import { program } from "../../index";
import { bootStack } from "../../local/machine";
import { answerTable } from "../../report/answers";
import type { Command } from "../command";
import { exitCodes } from "../command";
import { type Options, UsageError } from "../options";
import { admitCluster } from "./admit-cluster";
import { drainReplaced } from "./drain-replaced";
import { refuseMovedHosts } from "./moved-hosts";
import { prepareRun } from "./prepare";

/** How long functions get until they answer: a cluster whose machines have just booted, or of which one was removed. */
const PATIENCE_MS = 90_000;

/** After a restart of this host its machines are off, which the engine does not see. */
async function bootMachines(stack: string): Promise<void> {
  const booted = process.getuid?.() === 0 ? await bootStack(stack) : [];
  if (booted.length > 0) process.stderr.write(`booted ${booted.join(", ")}\n`);
}

export const up: Command = {
  summary: "Creates or changes the stack and ends with each function's live answer.",
  flags: {
    refresh: { type: "boolean", description: "read the live state of every object first" },
    replace: {
      type: "string",
      repeatable: true,
      description:
        "make this machine (NAME-machine, perhaps with NAME-keys; a worker is drained first), join secret or certificates (NAME-made) anew",
    },
  },
  async run(options, { clone }) {
    const session = openSession(clone, options.stack, options.set);
    const engine = await prepareRun(session);
    const outputs = captured(program);
    const { replace = [] } = options.lists;
    const args = ["--yes", "--skip-preview", ...engineFlags(options, session.files)];
    const { program: run } = outputs;
    const code = await alone(session, async () => {
      await bootMachines(options.stack);
      const admit = async (): Promise<void> => {
        refuseMovedHosts(session);
        await admitCluster(session, engine);
        for (const name of replace) await drainReplaced(session, engine, name);
      };
      return changeStack(session, engine, { name: "up", args, program: run, admit });
    });
    if (code !== 0) return exitCodes.failed;
    const answers = await answerTable(await outputs.values(), PATIENCE_MS);
    process.stdout.write(answers.text);
    return answers.allWell ? exitCodes.ok : exitCodes.failed;
  },
};

function engineFlags({ flags, lists: { replace = [] } }: Options, files: StackFiles): string[] {
  const urns = replaceableUrns(replace, resourceUrns(files));
  return [...(flags.refresh ? ["--refresh"] : []), ...urns.flatMap((urn) => ["--replace", urn])];
}

/**
 * What may be replaced alone. Anything else on a machine would be undone after it was made again, and the engine says
 * nothing when what is named is not there.
 */
const REPLACEABLE = /-(machine|join-secret|made)$/;

/**
 * A machine's own keys. Only together with the machine, which is told them at its birth; and never those of the login,
 * which no machine has a name for and all of them let in.
 */
const OWN_KEYS = /^(.+)-keys$/;

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

/**
 * What the engine is to replace, in the order of the names.
 *
 * @throws UsageError that lists what may be replaced
 */
export function replaceableUrns(names: readonly string[], urns: readonly string[]): string[] {
  const candidates = urns.filter((urn) => REPLACEABLE.test(urn));
  return names.map((name) => {
    const machine = OWN_KEYS.exec(name)?.[1];
    const withKeys = machine !== undefined && candidates.some((urn) => nameOf(urn) === `${machine}-machine`);
    if (withKeys && !names.includes(`${machine}-machine`))
      throw new UsageError(
        `--replace ${name}: the machine that is there keeps its keys; give --replace ${machine}-machine with it`,
      );
    const found = (withKeys ? urns : candidates).find((urn) => nameOf(urn) === name);
    if (found !== undefined) return found;
    const known = candidates.map(nameOf).join(", ") || "none";
    throw new UsageError(`--replace ${name}: the stack has nothing of that name to replace; it has ${known}`);
  });
}
