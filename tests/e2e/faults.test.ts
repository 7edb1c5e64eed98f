import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PROJECT } from "../../infra/engine/session";
import { stackFiles } from "../../infra/engine/stack-files";
import { run } from "../../infra/process";
import { machineCommand } from "../machine/support";
import { note } from "./command";
import { DevStack, describeOnHost, eventually, READY } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

/** How often a whole run is killed; each takes about a minute. */
const KILLS = Number(process.env.OFWASM_E2E_KILLS ?? 3);

/** Makes the moments of a failed run come again. */
const SEED = Number(process.env.OFWASM_E2E_SEED ?? Date.now() % 1_000_000);

/** Within this many seconds a run from nothing is killed: all of its steps, on a host that is not busy. */
const RUN_SECONDS = 26;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describeOnHost("wrong settings", () => {
  let stack: DevStack;

  beforeAll(async () => {
    stack = await DevStack.open("e2e-wrong");
  });
  afterAll(() => stack.close());

  /** Nothing runs, nothing is made, no state is begun. */
  const begunNothing = async (): Promise<void> => {
    expect(await stack.traces(1)).toEqual([]);
    expect(existsSync(join(stack.state, "backend", ".pulumi"))).toBe(false);
  };

  it("are all said in one message, and nothing is begun", async () => {
    const { code, text } = await stack.run("up", {
      colour: "red",
      nodes: 0,
      podCidr: "10.244.0.1/16",
      functionPort: 80,
      kubernetesVersion: "latest",
    });
    expect(code).toBe(2);
    for (const line of [
      "5 settings are wrong",
      "colour = (unknown key)",
      "nodes = 0: allowed is a whole number from 1 to 9",
      "podCidr = 10.244.0.1/16",
      "functionPort = 80: allowed is a whole number from 30000 to 32767",
      "kubernetesVersion = latest",
    ])
      expect(text).toContain(line);
    await begunNothing();
  });

  it.each([
    ["networks that overlap", { serviceCidr: "10.244.16.0/20" }, "serviceCidr = 10.244.16.0/20"],
    ["no machine for functions", { functionsOnControlPlane: "false" }, "functionsOnControlPlane = false"],
    ["a composition that there is not", { composition: "cloud" }, "cloud"],
    ["a version that nobody knows", { wasmedgeVersion: "9.9.9" }, "9.9.9"],
  ])("%s: refused before anything begins", async (_, set, message) => {
    const { code, text } = await stack.run("up", set);
    expect(text).toContain(message);
    expect(code).toBe(2);
    await begunNothing();
  });

  it.each([
    ["a stack name that is too long", "x".repeat(32), "1 to 31 lower-case letters"],
    ["a stack name that is no name", "../up", "1 to 31 lower-case letters"],
  ])("%s: refused before anything begins", async (_, name, message) => {
    const { code, text } = await stack.run("up", {}, ["--stack", name]);
    expect(text).toContain(message);
    expect(code).toBe(2);
    await begunNothing();
  });
});

describeOnHost("a disk that is full", () => {
  let stack: DevStack;

  beforeAll(async () => {
    stack = await DevStack.open("e2e-full");
    // A small disk of its own; a machine needs more than this.
    await run("mount", ["-t", "tmpfs", "-o", "size=300m", "ofwasm-e2e", stack.state]);
  });
  afterAll(async () => {
    await machineCommand(["clean", "--stack", stack.name]);
    await run("umount", [stack.state]);
    await stack.close();
  });

  it("is said, and once there is room the next run converges", async () => {
    const { code, text } = await stack.run("up");
    expect(code).toBe(1);
    expect(text).toMatch(/has 0\.3 GB free, 1\.0 GB are needed: free some, or set OFWASM_STATE/);
    expect(await stack.machines()).toEqual([]);
  });

  it("in the midst of a run is said too, and once there is room the next run converges", async () => {
    await run("mount", ["-o", "remount,size=3500m", stack.state]);
    const filling = stack.start("up");
    expect(
      await eventually(
        async () => (await stack.machines()).length,
        (made) => made > 0,
      ),
    ).toBe(1);
    await run("sh", ["-c", 'cat /dev/zero >"$1" || true', "sh", join(stack.state, "filling")]);
    const { code, text } = await filling.ended;
    expect(code).toBe(1);
    // The run may end before the disk is quite full: then it is the machine that says what it lacks.
    expect(text).toMatch(
      /the disk is nearly full, which may be why: .* free; free some, or set OFWASM_STATE|\/var\/lib has \d+ MiB free; 2048 MiB are needed/,
    );
    await run("mount", ["-o", "remount,size=8g", stack.state]);
    rmSync(join(stack.state, "filling"), { force: true });
    expect(await stack.must("up")).toMatch(READY);
  });

  it("that cut off the state costs nothing: the last whole version is used, and said to be", async () => {
    const { checkpoint, backup } = stackFiles(PROJECT, stack.name);
    // As the backend does it, which never writes into a version: another file takes the name.
    writeFileSync(`${checkpoint}.part`, readFileSync(checkpoint, "utf8").slice(0, -99));
    renameSync(`${checkpoint}.part`, checkpoint);
    // What its next save on a full disk makes of its own copy.
    writeFileSync(backup, "");
    expect(await stack.must("status")).toMatch(READY);
    expect(stack.printed).toMatch(/stack e2e-full: its state was cut off, .*: the version of 20.* is used/);
    const [before, after] = [stack.printed.length, await stack.must("up")];
    expect(after).toMatch(/Resources:\n +\d+ unchanged\n/);
    expect(stack.printed.slice(before)).not.toContain("cut off");
    await stack.must("down");
    expect([await stack.traces(1), stack.files()]).toEqual([[], []]);
  });
});

describeOnHost("runs that meet or do not end", () => {
  const random = randoms(SEED);
  let stack: DevStack;

  const fromNothing = async (): Promise<void> => {
    await stack.must("down");
    expect([await stack.traces(1), stack.files()]).toEqual([[], []]);
  };
  /** One run makes the stack whole, and no process of an earlier one is left. */
  const converges = async (): Promise<void> => {
    expect(await stack.must("up")).toMatch(READY);
    expect(stack.pendingOperations()).toEqual([]);
    expect(stack.workers()).toEqual([]);
  };
  /** Waits until the machine of a run that has just begun is there, then for some seconds of work on it. */
  const halfWay = async (): Promise<void> => {
    const running = async (): Promise<boolean> => (await stack.machines()).some(({ status }) => status === "running");
    expect(await eventually(running, (is) => is)).toBe(true);
    await sleep((2 + random() * 10) * 1_000);
  };
  const machine = (verb: string): Promise<string> =>
    machineCommand([verb, "--stack", stack.name, "--name", stack.machine(0)]);

  beforeAll(async () => {
    note(`seed ${SEED}: OFWASM_E2E_SEED=${SEED} makes the same moments again`);
    stack = await DevStack.open("e2e-faults");
  });
  afterAll(() => stack.close());

  it.each(
    Array.from({ length: KILLS }, (_, index) => [index + 1, (random() * RUN_SECONDS).toFixed(1)]),
  )("kill %d of the whole run, after %s s: the next run converges", async (_, seconds) => {
    await fromNothing();
    const broken = stack.start("up");
    await Promise.race([sleep(Number(seconds) * 1_000), broken.ended]);
    note(`killed ${broken.finished ? "too late" : "at"}: ${broken.printed.trimEnd().split("\n").at(-1)?.trim()}`);
    broken.killGroup();
    await broken.ended;
    await converges();
  });

  it("kill of the command alone, with the engine left behind: of two runs at once one converges, one is refused", async () => {
    await fromNothing();
    const broken = stack.start("up");
    await halfWay();
    broken.killCommand();
    await broken.ended;
    note(`left behind: ${stack.workers().length} processes`);
    const both = [stack.start("up"), stack.start("up")];
    const ended = both.map((run) => run.ended);
    const first = await Promise.race(ended);
    expect(first.code).toBe(75);
    expect(first.seconds).toBeLessThan(15);
    expect(first.text).toMatch(/stack e2e-faults is being changed by .*; wait for that run to end/);
    const all = await Promise.all(ended);
    expect(all.map(({ code }) => code).sort()).toEqual([0, 75]);
    expect(all.find(({ code }) => code === 0)?.text).toMatch(READY);
    expect(stack.pendingOperations()).toEqual([]);
    expect(stack.workers()).toEqual([]);
  });

  it("a machine that loses power half-way and comes back: the next run converges", async () => {
    await fromNothing();
    const broken = stack.start("up");
    await halfWay();
    await machine("kill");
    await machine("start");
    const { code, seconds } = await broken.ended;
    note(`the run that it happened to: exit code ${code} after ${seconds} s`);
    await converges();
  });

  it("a machine that is off when the run begins, as after a restart of the host, is on when it ends", async () => {
    await machine("kill");
    await converges();
  });
});
