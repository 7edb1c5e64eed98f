import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { MachineReport } from "../../components/node-pool/spec";
import { describeOnHost, Lab, machineCommand, obstacle } from "./support";

jest.setTimeout(600_000);

let lab: Lab;

/** Kernel settings that Kubernetes likes to change; they are the host's to decide. */
const hostSettings = (): string[] =>
  ["net/ipv4/ip_forward", "vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"].map(
    (name) => `${name} ${readFileSync(`/proc/sys/${name}`, "utf8")}`,
  );

/** Milliseconds that a step took; generous bounds below, the benchmark has the real goals. */
async function timed<T>(body: () => Promise<T>): Promise<{ result: T; milliseconds: number }> {
  const begun = Date.now();
  const result = await body();
  return { result, milliseconds: Date.now() - begun };
}

describeOnHost("one machine", () => {
  const id = { stack: "one", name: "node-0" };
  const options = ["--stack", id.stack, "--name", id.name];

  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab.close([id.stack]));

  let first: MachineReport;
  const settings = obstacle ? [] : hostSettings();

  it("answers SSH with the host key it was born with, as soon as it is made", async () => {
    const spec = lab.spec(id.stack);
    first = await lab.create(spec);
    expect(first).toMatchObject({ name: id.name, address: spec.address, hostKey: spec.hostKey.publicKey });
    expect(await lab.ssh(spec, "hostname; cat /proc/1/comm; systemctl is-system-running --wait")).toBe(
      "node-0\nsystemd\nrunning",
    );
    await expect(lab.ssh(spec, "true", lab.spec("elsewhere").hostKey.publicKey)).rejects.toThrow(
      "Host key verification failed",
    );
  });

  it("has an address and cgroups of its own, and containerd's folder is on no overlay", async () => {
    const spec = lab.spec(id.stack);
    const inside = await lab.ssh(
      spec,
      "ip -4 -o addr show host0 | awk '{print $4}'; ip route show default | awk '{print $3}'; stat -fc %T /var/lib/containerd; cut -d: -f3 /proc/1/cgroup | sed 's|^/init.scope$|/|' | sort -u; ls /root/.ssh",
    );
    expect(inside.split("\n")).toEqual([
      `${spec.address}/24`,
      spec.gateway,
      expect.not.stringContaining("overlay"),
      "/",
      "authorized_keys",
    ]);
  });

  it("is left alone when it is made again", async () => {
    expect(await lab.create(lab.spec(id.stack))).toEqual(first);
  });

  it("keeps running with another image, which is for machines to come", async () => {
    expect(await lab.create({ ...lab.spec(id.stack), image: "/nowhere" })).toEqual(first);
  });

  it("takes other limits while it runs", async () => {
    const spec = { ...lab.spec(id.stack), memoryMiB: 2048 };
    expect(await lab.create(spec)).toEqual(first);
    expect(await lab.memoryLimit(id)).toBe(2048 * 2 ** 20);
  });

  it("comes back with its disk after its plug was pulled", async () => {
    const spec = lab.spec(id.stack);
    await lab.ssh(spec, "echo kept >/root/mark; sync");
    await machineCommand(["kill", ...options]);
    expect(await lab.status(id)).toBe("stopped");
    expect(await lab.traces(id.stack, [id.name])).toEqual([
      expect.stringMatching(/^link ofw/),
      expect.stringMatching(/^folder /),
    ]);
    await machineCommand(["start", ...options]);
    expect(await lab.status(id)).toBe("running");
    expect(await lab.ssh(spec, "cat /root/mark")).toBe("kept");
  });

  it("comes back when it reboots itself", async () => {
    const spec = lab.spec(id.stack);
    const boot = await lab.ssh(spec, "cat /proc/sys/kernel/random/boot_id");
    await lab.ssh(spec, "systemctl reboot").catch(() => "the connection may break first");
    await expect(bootIdOtherThan(boot)).resolves.not.toBe(boot);
    expect(await lab.status(id)).toBe("running");

    async function bootIdOtherThan(old: string): Promise<string> {
      for (let attempt = 0; attempt < 100; attempt++) {
        const now = await lab.ssh(spec, "cat /proc/sys/kernel/random/boot_id").catch(() => old);
        if (now !== old) return now;
        await sleep(100);
      }
      return old;
    }
  });

  it("is booted again when only half of it is left", async () => {
    const { pid } = await lab.create(lab.spec(id.stack));
    process.kill(pid, "SIGKILL");
    const again = await lab.create(lab.spec(id.stack));
    expect(again.pid).not.toBe(pid);
    expect(await lab.ssh(lab.spec(id.stack), "cat /root/mark")).toBe("kept");
  });

  it("shuts down in order when asked to", async () => {
    const { milliseconds } = await timed(() => machineCommand(["stop", ...options]));
    expect(milliseconds).toBeLessThan(12_000);
    expect(await lab.status(id)).toBe("stopped");
  });

  it("gives way to a machine of the same name with other keys", async () => {
    const spec = { ...lab.spec(id.stack), hostKey: lab.spec("elsewhere").hostKey };
    const report = await lab.create(spec);
    expect(report.hostKey).toBe(spec.hostKey.publicKey);
    expect(await lab.ssh(spec, "ls /root/mark 2>&1; :")).toContain("No such file");
  });

  it("gives way to a new machine when one is asked for, which the removal of the old one then spares", async () => {
    const spec = lab.spec(id.stack);
    const old = await lab.create(spec);
    await lab.ssh(spec, "touch /root/mark");
    const now = JSON.parse(await machineCommand(["create", "--new"], JSON.stringify(spec))) as MachineReport;
    expect(now.birth).not.toBe(old.birth);
    expect(await lab.ssh(spec, "ls /root/mark 2>&1; :")).toContain("No such file");
    process.env.PULUMI_COMMAND_STDOUT = JSON.stringify(old);
    await machineCommand(["delete", ...options]).finally(() => delete process.env.PULUMI_COMMAND_STDOUT);
    expect(await lab.status(id)).toBe("running");
    expect(await lab.create(spec)).toEqual(now);
  });

  it("never changed the host's kernel settings, even where it may write its own", async () => {
    const spec = lab.spec(id.stack);
    await lab.create(spec);
    await lab.ssh(spec, "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/vm/overcommit_memory; :");
    expect(await lab.ssh(spec, "cat /proc/sys/net/ipv4/ip_forward")).toBe("1");
    expect(hostSettings()).toEqual(settings);
  });

  it("leaves nothing when it is removed, twice", async () => {
    expect(await lab.traces(id.stack, [id.name])).not.toEqual([]);
    await machineCommand(["delete", ...options]);
    expect(await lab.traces(id.stack, [id.name])).toEqual([]);
    await machineCommand(["delete", ...options]);
    await expect(lab.status(id)).rejects.toThrow("exit code 3");
  });
});

describeOnHost("several machines", () => {
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab.close(["left", "right"]));

  it("made at the same moment in two stacks do not get in each other's way", async () => {
    const specs = [lab.spec("left", 0), lab.spec("left", 1), lab.spec("right", 0)];
    await Promise.all(specs.map((spec) => lab.create(spec)));
    const [left, sibling, right] = specs;
    expect(left!.network).toBe(sibling!.network);
    expect(left!.network).not.toBe(right!.network);
    // sshd of the sibling answers over the bridge, and so does the host.
    expect(await lab.ssh(left!, `bash -c 'exec 3<>/dev/tcp/${sibling!.address}/22; head -c 4 <&3'`)).toBe("SSH-");
    expect(await lab.ssh(right!, "hostname")).toBe("node-0");
  });

  it("of one stack come back together after the host was down", async () => {
    const names = ["node-0", "node-1"];
    for (const name of names) await machineCommand(["kill", "--stack", "left", "--name", name]);
    expect(await machineCommand(["start", "--stack", "left"])).toBe(
      names.map((name) => `${JSON.stringify({ stack: "left", name })}\n`).join(""),
    );
    for (const [index, name] of names.entries()) expect(await lab.ssh(lab.spec("left", index), "hostname")).toBe(name);
    expect(await machineCommand(["start", "--stack", "left"])).toBe("");
  });

  it("outlive a sibling and another stack", async () => {
    await machineCommand(["delete", "--stack", "left", "--name", "node-1"]);
    expect(await lab.ssh(lab.spec("left", 0), "hostname")).toBe("node-0");
    await machineCommand(["clean", "--stack", "left"]);
    expect(await lab.traces("left", ["node-0", "node-1"])).toEqual([]);
    expect(await lab.ssh(lab.spec("right", 0), "hostname")).toBe("node-0");
    await machineCommand(["clean", "--stack", "right"]);
    expect(await lab.traces("right", ["node-0"])).toEqual([]);
  });
});

describeOnHost("a run that is killed while it makes a machine", () => {
  const stack = "killed";

  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab.close([stack]));

  it.each([60, 120, 180, 240, 320, 420, 600, 900])("after %d ms is made good by the next one", async (milliseconds) => {
    const spec = lab.spec(stack);
    await lab.createKilledAfter(spec, milliseconds);
    await lab.create(spec);
    expect(await lab.ssh(spec, "hostname")).toBe("node-0");
    await machineCommand(["clean", "--stack", stack]);
    expect(await lab.traces(stack, ["node-0"])).toEqual([]);
  });

  it("in the midst of writing the stack's network leaves nothing that a removal does not find", async () => {
    await lab.create(lab.spec(stack));
    writeFileSync(join(lab.state, "machines", stack, "network.json.1.tmp"), "{");
    await machineCommand(["clean", "--stack", stack]);
    expect(await lab.traces(stack, ["node-0"])).toEqual([]);
  });

  it.each([150, 250, 400, 700])("after %d ms leaves nothing that a removal does not find", async (milliseconds) => {
    await lab.createKilledAfter(lab.spec(stack), milliseconds);
    await machineCommand(["clean", "--stack", stack]);
    expect(await lab.traces(stack, ["node-0"])).toEqual([]);
  });
});

describe("the command", () => {
  it.each([
    [["nonsense"], "Usage: ofwasm-machine"],
    [["status"], "which machine"],
    [["status", "--stack", "a/b", "--name", "x"], 'stack name "a/b"'],
    [["status", "--stack", "dev", "--name", "X"], 'machine name "X"'],
    [["clean"], "which machines: give --stack"],
    [["create"], "not JSON"],
  ])("%p says what is wrong", async (args, message) => {
    await expect(machineCommand(args)).rejects.toThrow(message);
  });
});
