import { join } from "node:path";
import { TRANSACTION } from "../../../components/node-runtime/transaction";
import { bundleScript, type DeclaredRun } from "../../../components/remote";
import { redactor } from "../../toolchain/plugins/command/redact";
import type { ConnectionPool } from "../../toolchain/plugins/command/ssh/pool";
import { runRemote } from "../../toolchain/plugins/command/ssh/remote-run";
import { type PropertyMap, secret } from "../../toolchain/plugins/host/values";
import type { DeclaredMachine } from "../declared";

/** What a script says of a machine: the values of each key, in order. */
export type Facts = ReadonlyMap<string, readonly string[]>;

/** What a machine says of itself. */
export interface ObservedMachine {
  /** Why it was not, or not wholly, asked. */
  silent?: string;
  runtime?: Facts;
  node?: Facts;
  /** Milliseconds by which its clock is certainly ahead of this host's; negative: behind. */
  clockMs?: number;
}

const NODE_SCRIPT = join(__dirname, "../../../components/cluster/scripts/inspect.sh");

/** Attempts after the first: a machine that does not answer is a finding, not something to wait for. */
const DIAL_ERROR_LIMIT = 1;
const DIAL_SECONDS = 5;

/** The script's own waits are shorter. */
const SCRIPT_SECONDS = 90;

/** Inputs that are nobody's business here. */
const SECRET_INPUTS = ["token"];

/** Asks a machine over SSH, with the host key and the login that its scripts used. Changes nothing on it. */
export async function machineFacts(pool: ConnectionPool, machine: DeclaredMachine): Promise<ObservedMachine> {
  const observed: ObservedMachine = {};
  try {
    const { runtime, node } = machine;
    if (runtime !== undefined) {
      const begun = Date.now();
      observed.runtime = await ask(pool, machine, runtime, TRANSACTION);
      observed.clockMs = clockAhead(Number(single(observed.runtime, "now")), begun, Date.now());
    }
    if (node !== undefined) observed.node = await ask(pool, machine, node, NODE_SCRIPT);
  } catch (error) {
    observed.silent = (error as Error).message;
  }
  return observed;
}

async function ask(pool: ConnectionPool, machine: DeclaredMachine, run: DeclaredRun, file: string): Promise<Facts> {
  const endpoint = { ...machine.endpoint, dialErrorLimit: DIAL_ERROR_LIMIT, perDialTimeout: DIAL_SECONDS };
  const inputs = Object.fromEntries(Object.entries(run.inputs).filter(([key]) => !SECRET_INPUTS.includes(key)));
  const request = run.instead({ script: bundleScript(file), verb: "inspect", inputs });
  const { stdout } = await runRemote(
    pool,
    endpoint,
    {
      subject: "doctor",
      ...request,
      environment: {},
      timeoutSeconds: SCRIPT_SECONDS,
      redact: redactor({ connection: endpoint as unknown as PropertyMap, secrets: secret(secretsOf(run)) }),
    },
    { signal: new AbortController().signal, report: () => {} },
  );
  return parseFacts(stdout);
}

const secretsOf = ({ before, inputs }: DeclaredRun): string[] => [
  before,
  ...SECRET_INPUTS.map((key) => inputs[key] ?? ""),
];

/** Reads `key=value` lines. */
export function parseFacts(text: string): Facts {
  const facts = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at < 1) continue;
    const key = line.slice(0, at);
    facts.set(key, [...(facts.get(key) ?? []), line.slice(at + 1).trim()]);
  }
  return facts;
}

/** The one value of a key; empty where nothing was said. */
export const single = (facts: Facts, key: string): string => facts.get(key)?.[0] ?? "";

/** What is certain of a clock that was read at some time between two others. */
export function clockAhead(there: number, begun: number, ended: number): number {
  if (there < begun) return there - begun;
  return there > ended ? there - ended : 0;
}
