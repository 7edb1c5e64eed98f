import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { MachineSpec } from "../../components/node-pool/spec";
import { localImage } from "../../infra/artifacts";
import { run } from "../../infra/process";
import { streamProgress } from "../../infra/toolchain/progress";
import { ensure } from "../../infra/toolchain/store";
import { Lab } from "../machine/support";
import { type Ended, note, RunningCommand } from "./command";
import { describeOnHost, eventually, READY } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

/** Stack of the machines' driver, which the program knows nothing of; and the program's own. */
const HOSTS = "e2e-renewed";
const STACK = "e2e-renew";

/** Machines that somebody else keeps are installed anew: same names and addresses, other host keys. */
describeOnHost("machines of one's own that are installed anew", () => {
  let lab: Lab;
  let agent: ChildProcess;
  let machines: [MachineSpec, MachineSpec];

  const kubectl = (command: string): Promise<string> =>
    lab.ssh(machines[0], `kubectl --cache-dir /run/kubectl --kubeconfig /etc/kubernetes/admin.conf ${command}`);

  const authority = (index: 0 | 1): Promise<string> =>
    lab.ssh(machines[index], "sha256sum </etc/kubernetes/pki/ca.crt");

  async function command(verb: string): Promise<Ended> {
    const hosts = machines.map(({ name, address, hostKey }) => ({ name, address, hostKey: hostKey.publicKey.trim() }));
    const settings = {
      composition: "ssh",
      hosts: JSON.stringify(hosts),
      sshAgent: "true",
      cgroupDriver: "cgroupfs",
      dedicatedDisk: "false",
    };
    const set = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const ended = await new RunningCommand(lab.state, [verb, "--stack", STACK, ...set]).ended;
    note(`${verb}: exit code ${ended.code} after ${ended.seconds} s`);
    return ended;
  }

  async function must(verb: string): Promise<string> {
    const { code, text } = await command(verb);
    if (code !== 0) throw new Error(`${verb} ended with exit code ${code}:\n${text}`);
    return text;
  }

  async function install(machine: MachineSpec): Promise<void> {
    await lab.create(machine);
    // CoreDNS forwards to what the machine has; nobody answers there.
    await lab.ssh(machine, `echo nameserver ${machine.gateway} >/etc/resolv.conf`);
  }

  /** Another machine in the place of one that is there; gives it back with its new key. */
  async function renewed(machine: MachineSpec): Promise<MachineSpec> {
    const other = { ...machine, hostKey: lab.spec(`${HOSTS}-renewed`, Number(machine.name.at(-1))).hostKey };
    await install(other);
    return other;
  }

  beforeAll(async () => {
    lab = await Lab.open();
    const { path: image } = await ensure(localImage(), streamProgress());
    machines = [
      { ...lab.spec(HOSTS, 0), image },
      { ...lab.spec(HOSTS, 1), image },
    ];
    for (const machine of machines) await install(machine);
    const socket = join(lab.state, "agent");
    agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    await eventually(
      async () => existsSync(socket),
      (is) => is,
    );
    process.env.SSH_AUTH_SOCK = socket;
    await run("ssh-add", ["-q", join(lab.state, "login")], { env: { SSH_AUTH_SOCK: socket } });
    expect(await must("up")).toMatch(READY);
  });

  afterAll(async () => {
    agent?.kill();
    delete process.env.SSH_AUTH_SOCK;
    await lab.close([HOSTS]);
  });

  const whole = async (): Promise<void> => {
    await kubectl("wait --for=condition=Ready node --all --timeout 60s");
    expect(await kubectl("get nodes -l ofwasm.dev/wasmedge=proved -o name")).toBe("node/node-0\nnode/node-1");
    const objects = "-n kube-system get daemonset/kube-proxy deployment/coredns service/kube-dns -o name";
    expect((await kubectl(objects)).split("\n")).toHaveLength(3);
  };

  it("the first one: one run makes the cluster, all in it, and the other's membership anew", async () => {
    const before = await authority(1);
    machines = [await renewed(machines[0]), machines[1]];
    expect(await must("up")).toMatch(READY);
    expect(await authority(1)).toBe(await authority(0));
    expect(await authority(1)).not.toBe(before);
    await whole();
  });

  it("the other one: the cluster stays, and it joins again", async () => {
    const before = await authority(0);
    machines = [machines[0], await renewed(machines[1])];
    expect(await must("up")).toMatch(READY);
    expect(await authority(0)).toBe(before);
    expect(await authority(1)).toBe(before);
    await whole();
  });

  it("down gives them back", async () => {
    await must("down");
    for (const machine of machines) {
      const left =
        "ls -d /etc/kubernetes/* /var/lib/ofwasm /var/lib/kubelet/* /etc/cni/net.d/* 2>/dev/null; ip -4 route";
      expect(await lab.ssh(machine, left)).not.toMatch(/10\.244|ofwasm|kubelet|pki/);
    }
  });
});
