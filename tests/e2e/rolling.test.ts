import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mirrored, otherPayload } from "../support/other-payload";
import { type Ended, note } from "./command";
import { DevStack, describeOnHost, eventually, type Login, READY, type SetValues } from "./stack";
import { askOnce, startTraffic } from "./traffic";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

const PORT = 30080;
const DRAIN_SECONDS = 30;

/** Processes of functions' containers on a machine, with the time that each began. */
const PROCESSES = `
  C=/opt/ofwasm/runtime/current/bin/crictl
  for id in $($C ps --label io.kubernetes.container.name=function -q); do
    pid=$($C inspect --output go-template --template '{{.info.pid}}' "$id")
    echo "$pid $(cut -d' ' -f22 /proc/$pid/stat)"
  done | sort`;

/** When the change of a machine began and ended, seconds; when its containerd began, microseconds of one clock of all. */
const SPAN = `
  stat -c %.9W "/opt/ofwasm/runtime/$(readlink /opt/ofwasm/runtime/current)"
  stat -c %.9Y /var/lib/ofwasm/runtime/state
  systemctl show --property ActiveEnterTimestampMonotonic --value containerd`;

const GENERATION = "readlink /opt/ofwasm/runtime/current";
const CONTAINERD = "systemctl show --property MainPID --value containerd";

const FOREIGN = `
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun]
  runtime_type = "io.containerd.runc.v2"
`;

describeOnHost("three machines under load", () => {
  const three: SetValues = { nodes: 3, sampleReplicas: 3, drainSeconds: DRAIN_SECONDS };
  const machines = [0, 1, 2];
  let folder: string;
  let stack: DevStack;
  let login: Login;
  let bump: SetValues;

  /** One after the other: a login writes down the one host key that it accepts. */
  async function onEach(command: string): Promise<string[]> {
    const printed: string[] = [];
    for (const index of machines) printed.push(await login.ssh(index, command));
    return printed;
  }

  /** Every container that runs in the cluster, with how often each was started. */
  const containers = async (): Promise<string[]> =>
    (
      await login.kubectl(
        "get pods -A -o jsonpath='{range .items[*].status.containerStatuses[*]}{.containerID} {.restartCount}{\"\\n\"}{end}'",
      )
    )
      .split("\n")
      .sort();

  /** Runs a command while functions are asked without pause, each of the machines by two clients. */
  async function underLoad(asked: number[], body: () => Promise<Ended>): Promise<Ended> {
    const addresses = (await stack.machines()).map(({ address }) => address);
    const streams = asked.map((index) => startTraffic(`http://${addresses[index]}:${PORT}/echo`));
    const ended = body();
    await ended.catch(() => {});
    const traffic = await Promise.all(streams.map((stream) => stream.stop()));
    note(`${traffic.reduce((sum, { asked }) => sum + asked, 0)} requests over ${(await ended).seconds} s`);
    expect(traffic.flatMap(({ failures }) => failures)).toEqual([]);
    for (const { asked } of traffic) expect(asked).toBeGreaterThan(50);
    return ended;
  }

  const endpoints = (): Promise<string> =>
    login.kubectl(
      "-n functions get pods -l app.kubernetes.io/name=http-server -o jsonpath='{.items[*].spec.nodeName}'",
    );

  const unschedulable = (): Promise<string> =>
    login.kubectl("get nodes -o jsonpath='{.items[?(@.spec.unschedulable)].metadata.name}'");

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ofwasm-roll-"));
    stack = await DevStack.open("e2e-roll");
    const payloadFolder = mkdtempSync(join(folder, "payload-"));
    bump = { ...three, ...mirrored(await otherPayload(payloadFolder, "another"), join(folder, "mirror")) };
    const { text, seconds } = await stack.run("up", three);
    note(`up from nothing with 3 machines: ${seconds} s`);
    expect(text).toMatch(READY);
    login = await stack.login();
    // A port that has just opened may need a moment.
    for (const { address } of await stack.machines())
      await eventually(
        () => askOnce(`http://${address}:${PORT}/echo`),
        (problem) => problem === undefined,
      );
  });
  afterAll(async () => {
    await stack.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("another build of the runtime goes from machine to machine: no request is lost, no container ends", async () => {
    const before = [await onEach(PROCESSES), await containers()];
    expect(before[0]).toEqual(machines.map(() => expect.stringMatching(/^\d+ \d+/)));
    const generations = await onEach(GENERATION);
    // Another build alone restarts nothing; what a run leaves that was cut off before its restart has the next one do it.
    await onEach("touch /var/lib/ofwasm/runtime/restart-pending");
    const daemons = await onEach(CONTAINERD);
    const { code, text } = await underLoad(machines, () => stack.run("up", bump));
    expect([code, text]).toEqual([0, expect.stringMatching(READY)]);
    expect(new Set([...generations, ...(await onEach(GENERATION))]).size).toBe(2);
    expect([await onEach(PROCESSES), await containers()]).toEqual(before);
    const now = await onEach(CONTAINERD);
    for (const index of machines) expect(now[index]).not.toBe(daemons[index]);
    const spans = (await onEach(SPAN)).map((span) => span.split("\n").map(Number));
    spans.forEach(([begun = 0, ended = 0, restarted = 0], index) => {
      note(`machine ${index}: ${(ended - begun).toFixed(1)} s from its first file to its proof`);
      const [, previous = 0, restartBefore = 0] = spans[index - 1] ?? [];
      expect(begun).toBeGreaterThan(previous);
      expect(restarted).toBeGreaterThan(restartBefore);
    });
  });

  it("a machine that refuses stops it: the ones behind stay as they are, and the next run ends it", async () => {
    const [first, second, third] = await onEach(`${GENERATION}; ${CONTAINERD}`);
    await login.ssh(1, "cp -p /etc/containerd/config.toml /root/kept.toml; cat >>/etc/containerd/config.toml", FOREIGN);
    const { code, text } = await underLoad(machines, () => stack.run("up", three));
    expect(code).toBe(1);
    expect(text).toContain("e2e-roll-1-runtime-transaction");
    expect(text).toContain('a runtime "crun" is there that is not ours');
    const now = await onEach(`${GENERATION}; ${CONTAINERD}`);
    expect(now[0]).not.toBe(first);
    expect(now.slice(1)).toEqual([second, third]);
    await login.ssh(1, "mv /root/kept.toml /etc/containerd/config.toml");
    expect(await stack.must("up", three)).toMatch(READY);
    expect(new Set(await onEach(GENERATION)).size).toBe(1);
  });

  it("a machine whose pods may not go stays, with the reason", async () => {
    await login.kubectl("-n functions create pdb all --selector app.kubernetes.io/name=http-server --min-available 3");
    const { code, text } = await stack.run("up", { ...three, nodes: 2 });
    expect(code).toBe(1);
    expect(text).toContain(`1 pod(s) are still on node e2e-roll-2 after ${DRAIN_SECONDS} s`);
    expect(text).toMatch(/functions\/http-server-\S+: Cannot evict pod .* disruption budget all needs 3 healthy pods/);
    expect(await stack.machines()).toHaveLength(3);
    expect(await unschedulable()).toBe("");
    await login.kubectl("-n functions delete pdb all");
  });

  it("a machine that leaves loses its pods first: no request is lost", async () => {
    const { code, text } = await underLoad([0, 1], () => stack.run("up", { ...three, nodes: 2 }));
    expect([code, text]).toEqual([0, expect.stringMatching(READY)]);
    expect(text).toMatch(/[1-9]\d* pod\(s\) left node e2e-roll-2 before its machine goes/);
    expect(await stack.machines()).toHaveLength(2);
    expect(await endpoints()).not.toContain("e2e-roll-2");
  });

  it("so does a worker whose machine is made anew", async () => {
    const replace = ["--replace", "e2e-roll-1-machine"];
    const { code, text } = await underLoad([0], () => stack.run("up", { ...three, nodes: 2 }, replace));
    expect([code, text]).toEqual([0, expect.stringMatching(READY)]);
    expect(text).toMatch(/[1-9]\d* pod\(s\) left node e2e-roll-1 before its machine goes/);
    expect(await unschedulable()).toBe("");
  });

  it("nothing is left to do, and down drains nobody", async () => {
    expect(await stack.must("up", { ...three, nodes: 2 })).toMatch(/Resources:\n +\d+ unchanged\n/);
    const { code, text, seconds } = await stack.run("down");
    note(`down: ${seconds} s`);
    expect([code, text]).toEqual([0, expect.not.stringContaining("before its machine goes")]);
    expect(await stack.traces(3)).toEqual([]);
  });
});
