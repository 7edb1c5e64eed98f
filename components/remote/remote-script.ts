import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { renderInputs, type ScriptInputs } from "./script";

/** A script file that runs on a machine, and what it reads. */
export interface RemoteScriptArgs {
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

/** Arguments of a remote command that runs the script; spread them beside `connection`. */
export interface RemoteScript {
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

/**
 * Standard input of `bash -s`: the script as one function, its call, then the data.
 *
 * A shell that reads its program from standard input reads no further than the line it runs, so what follows the
 * call is left for the script. As a function it is parsed whole before anything runs: a connection that breaks half-way
 * through the text runs nothing.
 */
export function scriptInput(script: string, inputs: ScriptInputs): string {
  return `${SCRIPT_BEGIN}${script}${SCRIPT_CALL}${renderInputs(inputs)}`;
}

/** What is before the script, and between it and its data. */
export const SCRIPT_BEGIN = "ofwasm_script() {\n";
export const SCRIPT_CALL = '\n}\nofwasm_script "$@"; exit $?\n';

/** Starts a root shell that takes program and data from standard input; nothing but the verb is on its command line. */
export function shellCommand(verb: string): string {
  return `if [ "$(id -u)" -eq 0 ]; then exec bash -s ${verb}; else exec sudo -n bash -s ${verb}; fi`;
}

/**
 * Makes a script file the `create`, `stdin` and `delete` of a remote command.
 *
 * Neither the script nor its inputs are in an argument list on the machine. The digest in `create` shows in a diff
 * that the script changed.
 */
export function remoteScript(args: RemoteScriptArgs): RemoteScript {
  const script = bundleScript(args.file);
  const digest = createHash("sha256").update(script).digest("hex").slice(0, 12);
  const stdin = pulumi
    .all([pulumi.output(args.inputs), pulumi.output(args.secrets ?? {})])
    .apply(([inputs, secrets]) => scriptInput(script, { ...inputs, ...secrets }));
  return {
    create: pulumi.output(`${shellCommand(args.up ?? "up")} # script ${digest}`),
    stdin: args.secrets === undefined ? stdin : pulumi.secret(stdin),
    ...(args.down === undefined ? {} : { delete: shellCommand(args.down) }),
  };
}
