import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type Login, remoteConnection } from "./connection";
import { renderInputs, type ScriptInputs } from "./script";

/** A script file that runs on a machine, and what it reads. */
export interface RemoteScriptArgs {
  /** Machine that it runs on, as root. With a password for sudo the whole input is a secret. */
  login: Login;
  /** Absolute path of a bash file. What it sources from its own folder, or another component's scripts, is sent with it. */
  file: string;
  /** Values that may be shown; the script reads them as `key=value` lines on standard input. */
  inputs: pulumi.Input<Record<string, pulumi.Input<string | number | boolean>>>;
  /** Values that may not be shown; given the same way. With any of them the whole input is a secret. */
  secrets?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** First argument of the script when it is created or updated. Default `up`. */
  up?: string;
  /** First argument of the script on delete. Default: nothing runs on delete. */
  down?: string;
}

/** Arguments of a remote command that runs the script. */
export interface RemoteScript {
  connection: ReturnType<typeof remoteConnection>;
  create: pulumi.Output<string>;
  stdin: pulumi.Output<string>;
  delete?: string;
}

const SOURCE_LINE = /^source "\$\{BASH_SOURCE%\/\*\}\/((?:\.\.\/\.\.\/[a-z-]+\/scripts\/)?[a-z0-9-]+\.sh)"$/;

/**
 * A bash file as one text: each `source "${BASH_SOURCE%/*}/other.sh"` line is replaced by that file.
 *
 * @throws when a file cannot be read.
 */
export function bundleScript(file: string): string {
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => {
      const sourced = SOURCE_LINE.exec(line)?.[1];
      return sourced ? bundleScript(join(dirname(file), sourced)) : line;
    })
    .join("\n");
}

/** Standard input of `bash -s`: the script as one function, its call, then the data. */
export const scriptInput = (script: string, inputs: ScriptInputs): string =>
  `${scriptProgram(script)}${renderInputs(inputs)}`;

/**
 * What comes before the data.
 *
 * A shell that reads its program from standard input reads no further than the line it runs, so what follows the
 * call is left for the script. As a function it is parsed whole before anything runs: a connection that breaks half-way
 * through the text runs nothing.
 */
export const scriptProgram = (script: string): string => `${SCRIPT_BEGIN}${script}${SCRIPT_CALL}`;

/** What is before the script, and between it and its data. */
export const SCRIPT_BEGIN = "ofwasm_script() {\n";
export const SCRIPT_CALL = '\n}\nofwasm_script "$@"; exit $?\n';

const BECOME_ROOT = join(__dirname, "scripts", "become-root.sh");

/**
 * Standard input of a login's shell that lets root's shell read `input`.
 *
 * @param sudoPassword for sudo, which gets it from there and from nowhere else. Absent: root, or sudo without one
 * @throws when the password is not one line
 */
export function asRoot(input: string, sudoPassword?: string): string {
  // The value is in no message: it is a secret.
  if (/[\n\r\0]/.test(sudoPassword ?? "")) throw new Error("sudoPassword is not one line; give the password alone");
  const asked = sudoPassword === undefined ? ["sudo=none"] : ["sudo=asks", sudoPassword, sudoPassword];
  return `${scriptInput(bundleScript(BECOME_ROOT), {})}${asked.join("\n")}\n#ofwasm-as-root\n${input}`;
}

/** Starts a shell that takes program and data from standard input; nothing but the verb is on its command line. */
export const shellCommand = (verb: string): string => `exec bash -s ${verb}`;

/**
 * Makes a script file the `create`, `stdin` and `delete` of a remote command.
 *
 * Neither the script nor its inputs are in an argument list on the machine. The digest in `create` shows in a diff
 * that the script changed.
 */
export function remoteScript(args: RemoteScriptArgs): RemoteScript {
  const script = bundleScript(args.file);
  const { connection, sudoPassword } = args.login;
  const digest = createHash("sha256").update(script).digest("hex").slice(0, 12);
  const stdin = pulumi
    .all([pulumi.output(args.inputs), pulumi.output(args.secrets ?? {}), pulumi.output(sudoPassword)])
    .apply(([inputs, secrets, password]) => asRoot(scriptInput(script, { ...inputs, ...secrets }), password));
  return {
    connection: remoteConnection(connection),
    create: pulumi.output(`${shellCommand(args.up ?? "up")} # script ${digest}`),
    stdin: args.secrets === undefined && sudoPassword === undefined ? stdin : pulumi.secret(stdin),
    ...(args.down === undefined ? {} : { delete: shellCommand(args.down) }),
  };
}
