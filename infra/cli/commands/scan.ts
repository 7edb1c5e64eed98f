import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { PROJECT } from "../../engine/session";
import { StackConfigFile } from "../../scan/config-file";
import { scanHostKeys } from "../../scan/host-keys";
import type { KnownHost } from "../../scan/known-host";
import { type Reviewed, refusals, review, reviewLines } from "../../scan/review";
import { readTargets, TARGET_FORM, type Target } from "../../scan/targets";
import { type Command, exitCodes } from "../command";
import { type Options, UsageError } from "../options";

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

export const scan: Command = {
  summary: "Asks machines for their SSH host keys, shows them for review and writes hosts into Pulumi.STACK.yaml.",
  positionals: "HOST [HOST…]",
  details: [
    `HOST is ${TARGET_FORM}. A machine says itself who it is, so compare each fingerprint with what`,
    "its console shows: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub. Nothing is written before a yes, or when any",
    "machine does not answer, or answers with another key than the file has. Where the file has a bastion, the machines",
    "are asked through it, with the keys of the SSH agent.",
  ],
  flags: {
    stack: { type: "string", description: "stack whose file is written (default: ssh)" },
    port: { type: "string", description: "port of HOSTs that name none (default: 22)" },
    user: { type: "string", description: "login user of HOSTs that name none (default: root)" },
    expect: { type: "string", description: "fingerprints by comma, SHA256:…; any other one is refused" },
    yes: { type: "boolean", description: "write without a question: the network is trusted for this once" },
    replace: { type: "boolean", description: "hosts may have other keys than before" },
    bastion: { type: "boolean", description: "the one HOST is the bastion of the others" },
  },
  without: ["stack", "set"],
  async run(options, { clone }) {
    const { targets, expected, stack } = readOptions(options);
    const name = `Pulumi.${stack}.yaml`;
    const file = StackConfigFile.open(join(clone, name), PROJECT);
    const asBastion = options.flags.bastion === true;
    const known = asBastion ? bastionOf(file) : file.hosts;
    const { offered, problems } = await scanHostKeys(targets, known, asBastion ? undefined : file.bastion);
    const reviewed = review(offered, known);
    for (const line of reviewLines(reviewed)) process.stdout.write(`${line}\n`);
    const replace = options.flags.replace === true;
    const refused = [...problems, ...refusals(reviewed, { replace, ...(expected ? { expected } : {}) })];
    if (refused.length > 0) {
      process.stderr.write(`nothing was written:\n${refused.map((line) => `- ${line}\n`).join("")}`);
      return exitCodes.failed;
    }
    if (reviewed.every(({ state }) => state === "known")) {
      process.stderr.write(`${name} has them all with these keys\n`);
      return exitCodes.ok;
    }
    if (expected === undefined && options.flags.yes !== true && !(await confirmed(name))) {
      process.stderr.write("nothing was written\n");
      return exitCodes.failed;
    }
    if (asBastion) file.setBastion(bastionHost(reviewed[0]!));
    else file.setHosts(reviewed);
    file.write();
    process.stderr.write(`${name}: written\n`);
    return exitCodes.ok;
  },
};

function readOptions({ positionals, flags }: Options): {
  targets: Target[];
  expected: string[] | undefined;
  stack: string;
} {
  const text = (flag: string): string | undefined => (typeof flags[flag] === "string" ? flags[flag] : undefined);
  const defaults = { port: Number(text("port") ?? 22), user: text("user") ?? "root" };
  const { targets, problems } = readTargets(positionals, defaults);
  const expected = text("expect")?.split(",");
  const stack = text("stack") ?? "ssh";
  const all = [
    ...(positionals.length === 0 ? ["name a machine; --help tells more"] : []),
    ...problems,
    ...(flags.bastion === true && positionals.length > 1
      ? ["--bastion: give the one machine that is the bastion"]
      : []),
    ...(expected ?? []).flatMap((one) =>
      FINGERPRINT.test(one) ? [] : [`--expect ${one}: a fingerprint is written as ssh-keygen -lf shows it, SHA256:…`],
    ),
    ...(/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(stack) ? [] : [`--stack ${stack}: no name of a stack`]),
  ];
  if (all.length > 0) throw new UsageError(all.join("\n"));
  return { targets, expected, stack };
}

const bastionOf = ({ bastion }: StackConfigFile): KnownHost[] =>
  bastion === undefined ? [] : [{ ...bastion, name: "bastion" }];

/** A bastion has no name, and no machine but this one dials it. */
const bastionHost = ({ host: { name: _, internalAddress: __, ...bastion } }: Reviewed): object => bastion;

async function confirmed(name: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      "there is no terminal to ask on, and nothing was written: give --expect with the fingerprints that you have from the machines' consoles",
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // The end of the input is no yes.
  const closed = once(terminal, "close").then(() => "");
  try {
    const question = `Are these the fingerprints on the machines' consoles? Write ${name} (yes/no) `;
    const answer = await Promise.race([terminal.question(question), closed]);
    return answer.trim() === "yes";
  } finally {
    terminal.close();
  }
}
