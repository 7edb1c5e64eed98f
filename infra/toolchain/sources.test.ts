import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentProgress } from "./progress";
import { firstSource, type Source, Unavailable } from "./sources";

let into: string;
const context = { log: "/dev/null", step: silentProgress.step(""), progress: silentProgress };

beforeEach(() => {
  into = mkdtempSync(join(tmpdir(), "ofwasm-sources-"));
});
afterEach(() => rmSync(into, { recursive: true, force: true }));

const gives = (name: string): Source => ({
  name,
  async fill(folder) {
    writeFileSync(join(folder, name), "");
  },
});
const fails = (name: string, error: Error): Source => ({
  name,
  async fill(folder) {
    writeFileSync(join(folder, "half"), "");
    throw error;
  },
});

test("the first that gives is taken, and those after it are not asked", async () => {
  const never = fails("never", new Error("was asked"));
  expect(await firstSource([gives("first"), never], into, context)).toBe("first");
  expect(readdirSync(into)).toEqual(["first"]);
});

test("a source that cannot be had leaves nothing, and its reason is told", async () => {
  const closed = fails("official", new Unavailable("example.org is not reached"));
  expect(await firstSource([closed, gives("built")], into, context)).toBe("built (example.org is not reached)");
  expect(readdirSync(into)).toEqual(["built"]);
});

test("any other failure ends the search: tampered bytes are not answered by looking elsewhere", async () => {
  const tampered = fails("official", new Error("is not what was published"));
  await expect(firstSource([tampered, gives("built")], into, context)).rejects.toThrow("is not what was published");
});

test("when none gives, all reasons are told", async () => {
  const sources = ["one", "two"].map((name) => fails(name, new Unavailable(`${name} is closed`)));
  await expect(firstSource(sources, into, context)).rejects.toThrow("one is closed; two is closed");
});

test("an interrupted run asks no further source", async () => {
  const signal = AbortSignal.abort(new Error("stopped by the user"));
  await expect(firstSource([gives("one")], into, { ...context, signal })).rejects.toThrow("stopped by the user");
});
