import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { compileErrors } from "../../tests/support/compile";
import { BUILD, evaluated, RICH, SERVING } from "../../tests/support/functions";
import { codeOf } from "./code";
import { importFunction } from "./import";

const CLONE = join(__dirname, "..", "..");

describe("the code", () => {
  const code = codeOf([BUILD, SERVING, RICH, RICH].map(importFunction));

  it("compiles, each call under a name of its own", () => {
    const inside = code.replace('"openfunction-wasm"', '"../../components"');
    expect(compileErrors(new Map([[join(__dirname, "imported.ts"), inside]]))).toEqual([]);
    expect(code.match(/^export const \w+/gm)).toEqual([
      "export const wasmedgeHttpServerBuild",
      "export const wasmedgeHttpServerServing",
      "export const functionNew",
      "export const functionNew2",
    ]);
  }, 240_000);

  it("does not compile without a Dockerfile", () => {
    const { name, args } = importFunction(BUILD);
    const without = { name, args: { ...args, build: { ...args.build!, dockerfile: undefined as unknown as string } } };
    const inside = codeOf([without]).replace('"openfunction-wasm"', '"../../components"');
    expect(compileErrors(new Map([[join(__dirname, "imported.ts"), inside]])).join()).toMatch(
      /'dockerfile' is missing/,
    );
  }, 240_000);

  it("is formatted as this project's own code", () => {
    const biome = join(CLONE, "node_modules", ".bin", "biome");
    const { stdout, status } = spawnSync(biome, ["format", "--stdin-file-path=infra/imported.ts"], {
      cwd: CLONE,
      input: code,
      encoding: "utf8",
    });
    expect([status, stdout]).toEqual([0, code]);
  });

  it("gives the very arguments back", () => {
    expect(evaluated(code)).toEqual(
      [BUILD, SERVING, RICH, RICH].map((one) => {
        const { name, args } = importFunction(one);
        return { name, ...args };
      }),
    );
  });

  it("has resources of different names for Functions of one name, and each Function's own name", () => {
    const named = (name: string, namespace: string) => ({ name, args: { namespace, image: "a" } });
    const all = [named("a", "one"), named("a", "two"), named("a-two", "one"), named("a", "two"), named("b", "two")];
    const made = codeOf(all);
    expect([...made.matchAll(/new WasmFunction\("([^"]+)"/g)].map(([, name]) => name)).toEqual([
      ...["a", "a-two-2", "a-two", "a-two-3", "b"],
    ]);
    expect(evaluated(made)).toEqual(all.map(({ name, args }) => ({ name, ...args })));
    expect(made.match(/^ {2}name: /gm)).toHaveLength(2);
  });
});
