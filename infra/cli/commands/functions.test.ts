import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CapturedOutput, captureOutput } from "../../../tests/support/captured-output";
import { type Command, helpText } from "../command";
import { parseOptions, UsageError } from "../options";
import { importFunctions } from "./import";
import { lint } from "./lint";

const CLONE = join(__dirname, "..", "..", "..");

let folder: string;
let captured: CapturedOutput;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-functions-"));
  captured = captureOutput();
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const run = (command: Command, ...argv: string[]): Promise<number> =>
  command.run(parseOptions(argv, command.flags, command.without, command.positionals !== undefined), { clone: CLONE });

const file = (name: string, ...documents: string[]): string => {
  const path = join(folder, name);
  writeFileSync(path, documents.join("---\n"));
  return path;
};

const GOOD = `apiVersion: core.openfunction.io/v1beta2
kind: Function
metadata: { name: good }
spec:
  workloadRuntime: wasmedge
  image: registry.example/good:1
  serving:
    triggers: { http: { port: 8080 } }
    template:
      containers: [{ name: function, command: [/good.wasm] }]
`;
const BAD = GOOD.replace("name: good", "name: bad").replace("/good.wasm", "/bin/good");
const OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\n";

describe("lint", () => {
  it("passes good Functions, whatever else is in the file", async () => {
    expect(await run(lint, file("a.yaml", GOOD, OTHER, GOOD))).toBe(0);
    expect([captured.out, captured.err]).toEqual(["", "2 functions, 0 errors, 0 warnings\n"]);
  });

  it("fails for a warning only where that is asked for", async () => {
    const warned = file(
      "a.yaml",
      GOOD.replace(/serving:.*$/s, "build: { dockerfile: D, srcRepo: { url: https://a.example/a } }\n"),
    );
    expect(await run(lint, warned)).toBe(0);
    expect(captured.out).toMatch(/^warning: .*\[build-only\]\n$/);
    expect(captured.err).toBe("1 functions, 0 errors, 1 warnings\n");
    expect(await run(lint, warned, "--strict")).toBe(1);
  });

  it("names file, document, path, value, reason and next step of each finding", async () => {
    const [good, bad] = [file("good.yaml", GOOD), file("bad.yaml", OTHER, GOOD, BAD)];
    expect(await run(lint, good, bad)).toBe(1);
    expect(captured.out).toBe(
      `error: ${bad}, document 3 (Function bad): spec.serving.template.containers[0].command[0]: "/bin/good": must end in .wasm or .wat; anything else runs natively and fails to start (exec format error); name the module in the image [command]\n`,
    );
  });

  it("tells what cannot be read, and goes on", async () => {
    expect(await run(lint, file("torn.yaml", "a: [\n"), join(folder, "absent.yaml"), file("bad.yaml", BAD))).toBe(1);
    expect(captured.out).toMatch(
      /^error: .*torn\.yaml, document 1 \(document\): .+\nerror: .*absent\.yaml.*no such file.*\nerror: .*bad\.yaml/,
    );
  });
});

describe("a file of Functions", () => {
  const indented = (text: string): string => `  - ${text.trimEnd().split("\n").join("\n    ")}\n`;
  const list = (kind: string, ...items: string[]): string =>
    `apiVersion: v1\nkind: ${kind}\nitems:\n${items.map(indented).join("")}`;

  it("may be a list, as kubectl prints one", async () => {
    const path = file("list.yaml", list("List", GOOD, OTHER, list("FunctionList", BAD)));
    expect(await run(lint, path)).toBe(1);
    expect(captured.out).toMatch(/^error: .*list\.yaml, document 1 \(Function bad\): [^\n]*\n$/);
    expect(captured.err).toBe("2 functions, 1 errors, 0 warnings\n");
    expect(await run(importFunctions, path)).toBe(0);
    expect(captured.out.match(/new WasmFunction\("(good|bad)", \{/g)).toHaveLength(2);
  });

  const laughs = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [name, before] of ["ba", "cb", "dc", "ed", "fe"].map((pair) => [...pair]))
    laughs.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(", ")}]`);
  it.each([
    ["nothing", "a: *nowhere\n"],
    ["too much", `${laughs.join("\n")}\n`],
    ["themselves", GOOD.replace("spec:", "spec: &all\n  again: *all")],
  ])("is told to be unreadable with aliases of %s, and the others are read", async (_, text) => {
    expect(await run(lint, file("aliases.yaml", text), file("good.yaml", GOOD))).toBe(1);
    expect(captured.out).toMatch(/^error: .*aliases\.yaml, document 1 \(document\): [^\n]+\n$/);
    expect(captured.err).toBe("1 functions, 1 errors, 0 warnings\n");
  });

  it("may have one value in two places", async () => {
    const shared = GOOD.replace("name: good", "name: good, labels: &l { team: a }").replace(
      "serving:",
      "serving:\n    labels: *l\n    annotations: *l",
    );
    expect(await run(importFunctions, file("a.yaml", shared))).toBe(0);
    expect(captured.out.match(/team: "a"/g)).toHaveLength(2);
  });
});

describe("import", () => {
  it("prints the code of all, and what it left out", async () => {
    const extra = GOOD.replace("serving:", "serving:\n    workloadType: StatefulSet");
    expect(await run(importFunctions, file("a.yaml", GOOD), file("b.yaml", OTHER, extra))).toBe(1);
    expect(captured.out.match(/new WasmFunction\("good(-default)?", \{/g)).toHaveLength(2);
    expect(captured.err).toBe(
      `${join(folder, "b.yaml")}, document 2 (Function good): spec.serving.workloadType: "StatefulSet" was left out: WasmFunction has no argument for it\n`,
    );
  });

  it("succeeds when nothing is left out", async () => {
    expect(await run(importFunctions, file("a.yaml", GOOD))).toBe(0);
    expect(captured.err).toBe("");
  });

  it("prints no code of what is no WebAssembly", async () => {
    expect(await run(importFunctions, file("a.yaml", GOOD.replace("wasmedge", "OCIContainer")))).toBe(1);
    expect(captured.out).toBe("");
    expect(captured.err).toMatch(/no WebAssembly function/);
  });
});

describe.each([
  ["lint", lint],
  ["import", importFunctions],
] as const)("%s", (name, command) => {
  it.each([[[]], [["other.yaml"]]])("is a mistake without a Function: %j", async (names) => {
    const failure = await run(command, ...names.map((one) => file(one, OTHER))).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
  });

  it("has help, and takes neither a stack nor settings", () => {
    expect(helpText(name, command)).toContain(`npm run ${name} -- FILE [FILE…]`);
    expect(helpText(name, command)).not.toContain("--stack");
    expect(() => parseOptions(["--stack", "a"], command.flags, command.without, true)).toThrow(UsageError);
  });
});
