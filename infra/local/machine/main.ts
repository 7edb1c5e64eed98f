import { parseArgs } from "node:util";
import { machineNameProblem, stackNameProblem } from "../../../components/node-pool/names";
import { makeKeyPair } from "./keys";
import type { MachineId } from "./layout";
import {
  bootMachine,
  bootStack,
  createMachine,
  deleteMachine,
  deleteStack,
  killMachine,
  listAll,
  machineStatus,
  stopMachine,
} from "./machine";
import { parseSpec } from "./spec";

/** Where Pulumi puts what the last run of the same command printed. */
const PREVIOUS_OUTPUT = "PULUMI_COMMAND_STDOUT";

const HELP = `Usage: ofwasm-machine COMMAND [--stack STACK --name NAME]

Machines on this host: a system with its own init, sshd, network address and disk. Needs root on Linux.

  create   make the machine that standard input specifies (JSON), or boot it, until it answers SSH; prints JSON;
           --new: a machine of that name that is there gives way to a new one
  delete   remove the machine and everything it had; --stack and --name, or the same JSON on standard input; what
           \`create\` printed in ${PREVIOUS_OUTPUT} spares another machine that has its name by now
  clean    remove every machine of --stack, also those that no run remembers
  start    boot a machine that is stopped; without --name, every such machine of --stack
  stop     shut a machine down in order; its disk stays
  kill     pull the plug; its disk stays
  status   print one machine as JSON; exit code 3 when there is none
  list     print all machines as JSON lines; --stack limits them to one stack
  keys     print a new ed25519 key pair as JSON
`;

/** Exit code of \`status\` for a machine that is not there. */
const ABSENT = 3;

interface Options {
  stack?: string;
  name?: string;
  new?: boolean;
}

/** The machine that an earlier `create` of the same resource reported; `undefined` when there was none. */
function reportedBirth(): string | undefined {
  const printed = process.env[PREVIOUS_OUTPUT];
  if (!printed) return undefined;
  const { birth } = JSON.parse(printed) as { birth?: unknown };
  return typeof birth === "string" ? birth : undefined;
}

async function readInput(): Promise<string> {
  if (process.stdin.isTTY) return "";
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Which machine is meant: both options, or the fields of a specification on standard input. */
async function identify(options: Options): Promise<MachineId> {
  const given: Options =
    options.stack === undefined && options.name === undefined
      ? (JSON.parse((await readInput()) || "{}") as Options)
      : options;
  const { stack, name } = given;
  if (typeof stack !== "string" || typeof name !== "string")
    throw new Error("which machine: give --stack and --name, or its specification on standard input");
  const problem = stackNameProblem(stack) ?? machineNameProblem(name);
  if (problem) throw new Error(problem);
  return { stack, name };
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const COMMANDS: Record<string, (options: Options) => Promise<number>> = {
  async create(options) {
    const spec = parseSpec(await readInput());
    requireRoot();
    print(await createMachine(spec, say, options.new));
    return 0;
  },
  async delete(options) {
    const id = await identify(options);
    requireRoot();
    await deleteMachine(id, reportedBirth());
    return 0;
  },
  async clean({ stack }) {
    if (stack === undefined) throw new Error("which machines: give --stack");
    requireStack(stack);
    requireRoot();
    await deleteStack(stack);
    return 0;
  },
  async start(options) {
    requireRoot();
    if (options.stack === undefined || options.name !== undefined) print(await bootMachine(await identify(options)));
    else for (const name of await bootStack(requireStack(options.stack))) print({ stack: options.stack, name });
    return 0;
  },
  async stop(options) {
    requireRoot();
    await stopMachine(await identify(options));
    return 0;
  },
  async kill(options) {
    requireRoot();
    await killMachine(await identify(options));
    return 0;
  },
  async status(options) {
    const found = machineStatus(await identify(options));
    if (found) print(found);
    return found ? 0 : ABSENT;
  },
  async list({ stack }) {
    for (const machine of listAll(stack)) print(machine);
    return 0;
  },
  async keys() {
    print(makeKeyPair());
    return 0;
  },
};

function requireStack(stack: string): string {
  const problem = stackNameProblem(stack);
  if (problem) throw new Error(problem);
  return stack;
}

function requireRoot(): void {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    throw new Error("local machines need root on Linux: run with sudo, or use machines of your own with the ssh pool");
}

/** Runs one command line and returns its exit code; failures go to standard error. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        stack: { type: "string" },
        name: { type: "string" },
        new: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
      allowPositionals: true,
    });
    const [name, ...rest] = positionals;
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const command = name === undefined ? undefined : COMMANDS[name];
    if (!command || rest.length > 0) {
      process.stderr.write(HELP);
      return 2;
    }
    return await command(values);
  } catch (error) {
    process.stderr.write(`ofwasm-machine: ${(error as Error).message}\n`);
    return 1;
  }
}
