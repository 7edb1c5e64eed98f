/** A value that a remote script may read as data: one line, no NUL. */
export type ScriptInputs = Readonly<Record<string, string | number | boolean>>;

const KEY = /^[a-z][a-z0-9_]*$/;

/**
 * Renders inputs for a script's standard input: `key=value` lines, sorted, one value a line.
 *
 * The scripts read them with `IFS='=' read -r key value` and never evaluate them, so no quoting is needed.
 *
 * @throws when a key is not a lower-case identifier or a value holds a line break or NUL.
 */
export function renderInputs(inputs: ScriptInputs): string {
  return Object.keys(inputs)
    .sort()
    .map((key) => {
      const value = String(inputs[key]);
      if (!KEY.test(key)) throw new Error(`script input "${key}": a key is a lower-case identifier`);
      if (/[\n\r\0]/.test(value)) throw new Error(`script input "${key}": a value is one line without NUL`);
      return `${key}=${value}\n`;
    })
    .join("");
}
