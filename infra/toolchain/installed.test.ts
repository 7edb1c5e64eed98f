import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareVersions, findOnPath, installedEngine } from "./installed";

let folder: string;
const before = { PATH: process.env.PATH, OFWASM_CACHE: process.env.OFWASM_CACHE };

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "ofwasm-installed-")));
  process.env.OFWASM_CACHE = join(folder, "cache");
});
afterEach(() => {
  for (const [key, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[key];
    else process.env[key] = value;
  }
  rmSync(folder, { recursive: true });
});

function program(dir: string, name: string, script: string, mode = 0o755): string {
  mkdirSync(join(folder, dir), { recursive: true });
  const file = join(folder, dir, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, mode);
  return file;
}

/** PATH with these folders of the test before what a shell script needs. */
function onPath(...dirs: string[]): void {
  process.env.PATH = [...dirs.map((dir) => join(folder, dir)), "/usr/bin", "/bin"].join(":");
}

test.each([
  ["3.259.0", "3.259.0", 0],
  ["v3.259.0", "3.259", 0],
  ["3.99.0", "3.259.0", -1],
  ["3.260.0", "3.259.9", 1],
  ["1.18", "1.18.1", -1],
  ["1.26.0-rc.1", "1.26.0", 0],
  ["3.300.0-alpha.x1234", "3.259.0", 1],
])("%s against %s", (a, b, expected) => {
  expect(Math.sign(compareVersions(a, b))).toBe(expected);
  expect(Math.sign(compareVersions(b, a))).toBe(expected === 0 ? 0 : -expected);
});

test("what may not be run, and folders of that name, are passed over", async () => {
  program("first", "tool", "", 0o644);
  mkdirSync(join(folder, "second", "tool"), { recursive: true });
  const found = program("third", "tool", "");
  expect(await findOnPath("tool", ["first", "second", "third"].map((dir) => join(folder, dir)).join(":"))).toBe(found);
  expect(await findOnPath("tool", join(folder, "first"))).toBeUndefined();
});

test("our own wrapper, first on the PATH of a shell that took our environment, is not the user's engine", async () => {
  program("clone/infra/bin", "pulumi", "exit 1");
  program("clone/infra/bin", "ofwasm-machine", "");
  const pulumi = program("bin", "pulumi", "echo v3.300.1");
  program("bin", "pulumi-language-nodejs", "");
  onPath("clone/infra/bin", "bin");
  expect((await installedEngine("3.259.0")).found?.pulumi).toBe(pulumi);
  onPath("clone/infra/bin");
  expect(await installedEngine("3.259.0")).toEqual({ reason: "no pulumi on PATH" });
});

test("an engine that is new enough and has its language host is taken", async () => {
  const pulumi = program("bin", "pulumi", "echo v3.300.1");
  program("bin", "pulumi-language-nodejs", "");
  onPath("bin");
  expect(await installedEngine("3.259.0")).toEqual({
    found: { pulumi, bin: join(folder, "bin"), source: `installed: ${pulumi} 3.300.1` },
  });
});

test("an engine is asked for its version once, and again when it changed", async () => {
  const asked = join(folder, "asked");
  program("bin", "pulumi", `echo x >> ${asked}; echo v3.259.0`);
  program("bin", "pulumi-language-nodejs", "");
  onPath("bin");
  await installedEngine("3.259.0");
  await installedEngine("3.259.0");
  const { readFileSync } = await import("node:fs");
  expect(readFileSync(asked, "utf8")).toBe("x\n");
  program("bin", "pulumi", "echo v3.1.0 # another file");
  expect((await installedEngine("3.259.0")).reason).toContain("is 3.1.0, older than 3.259.0");
});

test("an engine without its language host does not serve, and the reason says so", async () => {
  program("bin", "pulumi", "echo v3.300.1");
  onPath("bin");
  expect((await installedEngine("3.259.0")).reason).toMatch(/has no pulumi-language-nodejs beside it$/);
});

test("no engine", async () => {
  onPath();
  expect((await installedEngine("3.259.0")).reason).toBe("no pulumi on PATH");
});
