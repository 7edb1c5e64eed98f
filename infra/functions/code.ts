import type { Imported } from "./import";

/** As wide as this project's own code. */
const WIDTH = 120;

/** A TypeScript module that declares the functions. */
export function codeOf(functions: readonly Pick<Imported, "name" | "args">[]): string {
  const taken = new Set<string>();
  const resources = resourceNames(functions);
  const declared = functions.map(({ name, args }, index) => {
    const variable = variableName(name, taken);
    const resource = resources[index] as string;
    const all = resource === name ? args : { name, ...args };
    return `export const ${variable} = new WasmFunction(${literal(resource, 0, 0)}, ${literal(all, 0, 0)});\n`;
  });
  return ['import { WasmFunction } from "openfunction-wasm";\n', ...declared].join("\n");
}

/** Names that no two resources share: a Function whose name is taken has its namespace in it too, or a number. */
function resourceNames(functions: readonly Pick<Imported, "name" | "args">[]): string[] {
  const taken = new Set<string>();
  const plain = new Set(functions.map(({ name }) => name));
  return functions.map(({ name, args: { namespace } }) => {
    let found = name;
    for (let count = 1; taken.has(found) || (found !== name && plain.has(found)); count += 1)
      found = `${name}-${namespace}${count === 1 ? "" : `-${count}`}`;
    taken.add(found);
    return found;
  });
}

/** `http-server` becomes `httpServer`; a second one `httpServer2`. */
function variableName(name: string, taken: Set<string>): string {
  const plain = name.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? "").toUpperCase());
  const first =
    RESERVED.has(plain) || !/^[A-Za-z]/.test(plain)
      ? `function${plain[0]?.toUpperCase() ?? ""}${plain.slice(1)}`
      : plain;
  let found = first;
  for (let count = 2; taken.has(found); count += 1) found = `${first}${count}`;
  taken.add(found);
  return found;
}

/** Words that no variable of a module may have as its name. */
const RESERVED = new Set(
  "await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield eval arguments WasmFunction".split(
    " ",
  ),
);

/**
 * A value as formatted TypeScript.
 *
 * @param indent spaces that the line begins with
 * @param before characters of the line before the value
 */
function literal(value: unknown, indent: number, before: number): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return list(value, indent, before);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, one]) => one !== undefined);
  if (fields.length === 0) return "{}";
  const inner = indent + 2;
  const lines = fields.map(([name, one]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
    return `${" ".repeat(inner)}${key}: ${literal(one, inner, inner + key.length + 2)},\n`;
  });
  return `{\n${lines.join("")}${" ".repeat(indent)}}`;
}

function list(values: readonly unknown[], indent: number, before: number): string {
  const flat = values.every((one) => typeof one !== "object" || one === null);
  const line = `[${values.map((one) => literal(one, 0, 0)).join(", ")}]`;
  // A comma follows.
  if (flat && before + line.length < WIDTH) return line;
  const inner = indent + 2;
  return `[\n${values.map((one) => `${" ".repeat(inner)}${literal(one, inner, inner)},\n`).join("")}${" ".repeat(indent)}]`;
}

/** With the quotes of which fewer have to be escaped. */
function quoted(text: string): string {
  const count = (quote: string): number => text.split(quote).length - 1;
  const double = JSON.stringify(text);
  if (count('"') <= count("'")) return double;
  return `'${double.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
