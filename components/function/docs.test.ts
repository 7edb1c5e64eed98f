import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compileErrors } from "../../tests/support/compile";
import { laneDifferences } from "./lanes/differences";
import { ruleNames } from "./lint";

const PAGE = readFileSync(join(__dirname, "README.md"), "utf8");

/** Cells of the rows of a section's tables. */
function rows(heading: string): string[][] {
  const [, after] = PAGE.split(`\n## ${heading}\n`);
  if (after === undefined) throw new Error(`the page has no section "${heading}"`);
  const [section] = after.split("\n## ");
  return section!
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("|--"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const codes = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);

/** Fields of an interface in a source file. */
function fields(file: string, name: string): string[] {
  const text = readFileSync(join(__dirname, file), "utf8");
  const body = new RegExp(`export interface ${name}[^{]*\\{\n([\\s\\S]*?)\n\\}`).exec(text)?.[1] ?? "";
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, field]) => field as string);
}

test("the page's lane differences are those of the table", () => {
  const said = rows("Lanes")
    .filter(([where]) => /^`(template|scale|route|build)\./.test(where ?? ""))
    .map(([where, lanes, why]) => ({ path: codes(where!)[0], lanes: codes(lanes!), why }));
  expect(said).toEqual(laneDifferences.map(({ path, lanes, why }) => ({ path, lanes: [...lanes], why })));
});

test("the page has every argument, and no other", () => {
  const said = rows("Arguments").flatMap(([name]) => codes(name!));
  const there = [...fields("args.ts", "FunctionSpec"), ...fields("function.ts", "WasmFunctionArgs")];
  expect(said.sort()).toEqual([...new Set(there)].sort());
});

test("the page has every rule", () => {
  const said = rows("Functions that you have as YAML").flatMap(([rule]) => codes(rule!));
  expect(said.sort()).toEqual([...ruleNames].sort());
});

test("the page's examples are of the types that the library has", () => {
  const blocks = [...PAGE.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block]) => block as string);
  // Each fence is one of a block's two: none is written otherwise, and so left out.
  expect(blocks.length * 2).toBe(PAGE.match(/^```/gm)?.length);
  expect(blocks.length).toBeGreaterThan(1);
  for (const block of blocks) expect(block).toContain("new WasmFunction(");
  const sources = blocks.map((block, index): [string, string] => [
    join(__dirname, `example-${index}.ts`),
    block.replace('"openfunction-wasm"', '".."'),
  ]);
  expect(compileErrors(new Map(sources))).toEqual([]);
}, 240_000);
