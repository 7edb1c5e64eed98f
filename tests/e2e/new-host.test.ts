import type { MachineSpec } from "../../components/node-pool/spec";
import { localImage } from "../../infra/artifacts";
import { Lab } from "../machine/support";
import { SshStack } from "./ssh-stack";
import { describeOnHost, READY } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

/** Stack of the machines' driver, which the program knows nothing of; and the program's own. */
const HOSTS = "e2e-renewed";
const STACK = "e2e-renew";

/** Machines that somebody else keeps are installed anew: same names and addresses, other host keys. */
describeOnHost("machines of one's own that are installed anew", () => {
  let lab: Lab;
  let stack: SshStack;
  let machines: [MachineSpec, MachineSpec];

  const kubectl = (command: string): Promise<string> =>
    lab.ssh(machines[0], `kubectl --cache-dir /run/kubectl --kubeconfig /etc/kubernetes/admin.conf ${command}`);

  const authority = (index: 0 | 1): Promise<string> =>
    lab.ssh(machines[index], "sha256sum </etc/kubernetes/pki/ca.crt");

  /** Another machine in the place of one that is there; gives it back with its new key. */
  async function renewed(machine: MachineSpec): Promise<MachineSpec> {
    const other = { ...machine, hostKey: lab.spec(`${HOSTS}-renewed`, Number(machine.name.at(-1))).hostKey };
    await stack.install(other);
    return other;
  }

  beforeAll(async () => {
    lab = await Lab.open(localImage());
    stack = new SshStack(lab, STACK);
    machines = [lab.spec(HOSTS, 0), lab.spec(HOSTS, 1)];
    for (const machine of machines) await stack.install(machine);
    expect(await stack.must("up", machines)).toMatch(READY);
  });

  afterAll(async () => {
    stack?.close();
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
    expect(await stack.must("up", machines)).toMatch(READY);
    expect(await authority(1)).toBe(await authority(0));
    expect(await authority(1)).not.toBe(before);
    await whole();
  });

  it("the other one: the cluster stays, and it joins again", async () => {
    const before = await authority(0);
    machines = [machines[0], await renewed(machines[1])];
    expect(await stack.must("up", machines)).toMatch(READY);
    expect(await authority(0)).toBe(before);
    expect(await authority(1)).toBe(before);
    await whole();
  });

  it("down gives them back", async () => {
    await stack.must("down", machines);
    for (const machine of machines) {
      const left =
        "ls -d /etc/kubernetes/* /var/lib/ofwasm /var/lib/kubelet/* /etc/cni/net.d/* 2>/dev/null; ip -4 route";
      expect(await lab.ssh(machine, left)).not.toMatch(/10\.244|ofwasm|kubelet|pki/);
    }
  });
});
