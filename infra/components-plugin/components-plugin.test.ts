import { readFileSync, writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema";
import * as packageJson from "../../package.json";
import { functionArgs, portableComponents } from "./portable";
import { ComponentsProvider, PACKAGE, SCHEMA_FILE } from "./provider";

jest.setTimeout(120_000);

/** What Pulumi's own analyzer makes of the declarations, as it does for a package that is used from its source. */
function analyzed(): string {
  const names = new Set(Object.keys(portableComponents));
  const { components, typeDefinitions, dependencies } = new Analyzer(
    __dirname,
    PACKAGE,
    { main: "declarations.ts" },
    names,
  ).analyze();
  const { version, description } = packageJson;
  const schema = generateSchema(PACKAGE, version, description, components, typeDefinitions, dependencies);
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

test("the schema is what the declarations say; OFWASM_WRITE_SCHEMA=1 writes it anew", () => {
  const schema = analyzed();
  if (process.env.OFWASM_WRITE_SCHEMA === "1") writeFileSync(SCHEMA_FILE, schema);
  // The formatter has its own mind on white space.
  expect(JSON.parse(readFileSync(SCHEMA_FILE, "utf8"))).toEqual(JSON.parse(schema));
});

test("each component gives the outputs that the schema promises", () => {
  const { resources } = JSON.parse(readFileSync(SCHEMA_FILE, "utf8")) as {
    resources: Record<string, { properties: Record<string, unknown> }>;
  };
  expect(Object.keys(resources).sort()).toEqual(
    Object.keys(portableComponents)
      .map((name) => `${PACKAGE}:index:${name}`)
      .sort(),
  );
  for (const [name, { outputs }] of Object.entries(portableComponents))
    expect(Object.keys(resources[`${PACKAGE}:index:${name}`]!.properties).sort()).toEqual([...outputs].sort());
});

test("a function that is not asked is said in a way that every language has", () => {
  const args = { namespace: "functions", image: "registry.example.org/echo:1" };
  expect(functionArgs(args)).toEqual(args);
  expect(functionArgs({ ...args, unasked: true })).toEqual({ ...args, verify: false });
  expect(functionArgs({ ...args, verify: { expect: "a" } })).toEqual({ ...args, verify: { expect: "a" } });
  expect(() => functionArgs({ ...args, unasked: true, verify: {} })).toThrow(pulumi.InputPropertiesError);
});

test("another component is refused with those that there are", async () => {
  await expect(new ComponentsProvider().construct("a", "ofwasm:index:NodeRuntime", {}, {})).rejects.toThrow(
    "there is no component ofwasm:index:NodeRuntime in this package; it has ofwasm:index:WasmFunction, ofwasm:index:WasmRuntime",
  );
});
