import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { silentProgress } from "./progress";
import { type Artifact, artifactKey, artifactPath, ensure, ensureAll, mountsBelow } from "./store";

let cache: string;
const before = process.env.OFWASM_CACHE;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "ofwasm-store-"));
  process.env.OFWASM_CACHE = cache;
});
afterEach(() => {
  if (before === undefined) delete process.env.OFWASM_CACHE;
  else process.env.OFWASM_CACHE = before;
  rmSync(cache, { recursive: true, force: true });
});

const artifact = (produce: (into: string) => Promise<void>, inputs: string[] = ["1"]): Artifact => ({
  name: "thing",
  title: "a thing",
  inputs,
  async produce(into) {
    await produce(into);
    return { source: "made here" };
  },
});

test("what is there is found, not made again", async () => {
  const produce = jest.fn(async (into: string) => writeFileSync(join(into, "file"), "content"));
  const first = await ensure(artifact(produce), { progress: silentProgress });
  const second = await ensure(artifact(produce), { progress: silentProgress });
  expect(first).toMatchObject({ source: "made here", fresh: true });
  expect(second).toEqual({ ...first, fresh: false });
  expect(produce).toHaveBeenCalledTimes(1);
  expect(readFileSync(join(first.path, "file"), "utf8")).toBe("content");
});

test("other inputs are another artifact", () => {
  const key = (inputs: string[]): string => artifactKey({ name: "thing", inputs });
  expect(key(["1"])).not.toBe(key(["2"]));
  // Joined naively these two would be the same.
  expect(key(["1", "2"])).not.toBe(key(["12"]));
});

test("a failure leaves nothing that looks finished, and the next run makes it", async () => {
  const fails = artifact(async (into) => {
    writeFileSync(join(into, "half"), "");
    throw new Error("the disk is full");
  });
  await expect(ensure(fails, { progress: silentProgress })).rejects.toThrow("the disk is full");
  expect(existsSync(artifactPath(fails))).toBe(false);
  const { path } = await ensure(
    artifact(async () => {}),
    { progress: silentProgress },
  );
  expect(readdirSync(path)).not.toContain("half");
  expect(readdirSync(join(cache, "artifacts")).filter((name) => name.includes("partial"))).toEqual([]);
});

test("one that fails does not stop those that have begun", async () => {
  let refuse: () => void = () => {};
  const refused = new Promise<void>((resolve) => {
    refuse = resolve;
  });
  // Ends only some time after the other has failed.
  const slow = { ...artifact(() => refused.then(() => sleep(100))), name: "slow" };
  const bad = {
    ...artifact(async () => {
      refuse();
      throw new Error("no");
    }),
    name: "bad",
  };
  const late = { ...artifact(async () => {}), name: "late" };
  await expect(ensureAll({ slow, bad, late }, { progress: silentProgress })).rejects.toThrow("no");
  expect(existsSync(artifactPath(slow))).toBe(true);
  expect(existsSync(artifactPath(late))).toBe(false);
});

test("mounts at and below a folder are seen, also with blanks in their names", () => {
  const line = (mount: string): string => `25 1 0:23 / ${mount} rw - proc proc rw`;
  const info = ["/cache/x", "/cache/x/root/proc", "/cache/x\\040y", "/cache/xy", "/"].map(line).join("\n");
  expect(mountsBelow("/cache/x", info)).toEqual(["/cache/x", "/cache/x/root/proc"]);
  expect(mountsBelow("/cache/x y", info)).toEqual(["/cache/x y"]);
});

/** A run of its own: another process with this cache, from the same sources. */
class Run {
  private readonly child: ChildProcess;
  output = "";

  constructor(bundle: string, seconds: number) {
    this.child = spawn(process.execPath, [bundle, String(seconds)], { env: { ...process.env, OFWASM_CACHE: cache } });
    this.child.stdout!.on("data", (data) => {
      this.output += String(data);
    });
  }

  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`ended without "${text}": ${this.output}`);
      await sleep(20);
    }
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null)
      await new Promise((resolve) => this.child.once("exit", resolve));
    return this.child.exitCode;
  }
}

/** A program that makes one artifact by a command that takes that long, and says what it does. */
async function program(): Promise<string> {
  const { build } = await import("esbuild");
  const entry = join(cache, "entry.ts");
  writeFileSync(
    entry,
    `import { ensure } from ${JSON.stringify(join(__dirname, "store"))};
     import { silentProgress } from ${JSON.stringify(join(__dirname, "progress"))};
     import { run } from ${JSON.stringify(join(__dirname, "../process"))};
     import { join } from "node:path";
     ensure({ name: "thing", title: "a thing", inputs: ["1"], async produce(into) {
       console.log("making");
       await run("sh", ["-c", \`echo begun > "$1/begun"; sleep \${process.argv[2]}; echo whole > "$1/whole"\`, "sh", into]);
       return { source: "made here" };
     } }, { progress: silentProgress }).then(({ fresh }) => console.log(fresh ? "made" : "found"));`,
  );
  const outfile = join(cache, "entry.cjs");
  await build({ entryPoints: [entry], bundle: true, platform: "node", format: "cjs", outfile, logLevel: "error" });
  return outfile;
}

test("a run that is killed half-way is made good by the next, whatever its command still does", async () => {
  const bundle = await program();
  const killed = new Run(bundle, 2);
  await killed.says("making");
  await sleep(100);
  killed.kill();
  await killed.ended();
  expect(existsSync(artifactPath({ name: "thing", inputs: ["1"] }))).toBe(false);

  const next = new Run(bundle, 0);
  expect(await next.ended()).toBe(0);
  expect(next.output).toContain("made");
  await sleep(2200);
  const path = artifactPath({ name: "thing", inputs: ["1"] });
  expect(readdirSync(path).sort()).toEqual([".ofwasm-artifact.json", "begun", "whole"]);
}, 30_000);

test("two runs at once make it once", async () => {
  const bundle = await program();
  const runs = [new Run(bundle, 1), new Run(bundle, 1)];
  expect(await Promise.all(runs.map((one) => one.ended()))).toEqual([0, 0]);
  expect(runs.filter(({ output }) => output.includes("making")).length).toBe(1);
  expect(runs.map(({ output }) => output.trim().split("\n").at(-1)).sort()).toEqual(["found", "made"]);
}, 30_000);
