/** Names that the previous run's output has in the next run's environment. */
export const PREVIOUS_STDOUT = "PULUMI_COMMAND_STDOUT";
export const PREVIOUS_STDERR = "PULUMI_COMMAND_STDERR";

/** Linux refuses to start anything while one variable is longer than 128 KiB. */
const LONGEST_VALUE = 100_000;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const isVariableName = (name: string): boolean => NAME.test(name);

/** The previous outputs as variables; absent, empty and over-long ones are left out. */
export function previousOutput(stdout: string | undefined, stderr: string | undefined): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of [
    [PREVIOUS_STDOUT, stdout],
    [PREVIOUS_STDERR, stderr],
  ] as const) {
    if (value && Buffer.byteLength(value) <= LONGEST_VALUE && !value.includes("\0")) variables[name] = value;
  }
  return variables;
}

/** Quotes a text as one word of a POSIX shell. */
export const shellQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Assignments that give a shell these variables, to be evaluated there. */
export function exportLines(variables: Readonly<Record<string, string>>): string {
  return Object.keys(variables)
    .sort()
    .map((name) => `export ${name}=${shellQuote(variables[name] ?? "")}\n`)
    .join("");
}
