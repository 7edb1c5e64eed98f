import { SCRIPT_BEGIN, SCRIPT_CALL, scriptInput } from "./remote-script";

/** A run of a script as a remote command declares it, read back from the command's inputs. */
export interface DeclaredRun {
  /** What the script reads, secrets among it. */
  inputs: Readonly<Record<string, string>>;
  /** What comes before the script on standard input, which may hold a password. */
  before: string;
  /** How another script is run in this one's place: with the same login and the same way to become root. */
  instead(other: { script: string; verb: string; inputs: Readonly<Record<string, string>> }): {
    command: string;
    stdin: string;
  };
}

/**
 * Reads back what `remoteScript` made.
 *
 * @returns `undefined` for a command that was made some other way
 */
export function declaredRun(create: string, stdin: string): DeclaredRun | undefined {
  const begin = stdin.lastIndexOf(SCRIPT_BEGIN);
  const call = stdin.lastIndexOf(SCRIPT_CALL);
  if (begin < 0 || call < begin || !SHELL.test(create)) return undefined;
  const lines = stdin.slice(call + SCRIPT_CALL.length).split("\n");
  const before = stdin.slice(0, begin);
  return {
    before,
    inputs: Object.fromEntries(lines.filter((line) => line.includes("=")).map(pairOf)),
    instead: ({ script, verb, inputs }) => ({
      command: create.replace(/ # script .*$/s, "").replaceAll(SHELL_ALL, `bash -s ${verb}`),
      stdin: before + scriptInput(script, inputs),
    }),
  };
}

/** The shell that gets the script, with its verb. */
const SHELL = /\bbash -s [a-z-]+/;
const SHELL_ALL = new RegExp(SHELL, "g");

const pairOf = (line: string): [key: string, value: string] => {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
};
