import type { MachineSpec } from "../../components/node-pool/spec";
import { localImage } from "../../infra/artifacts";
import { Lab } from "../machine/support";
import { SshStack } from "./ssh-stack";
import { describeOnHost, READY } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

/** Stack of the machines' driver, which the program knows nothing of; and the program's own. */
const HOSTS = "e2e-hosts";
const STACK = "e2e-ssh";

/** What the stack must give back: containerd's file and runtimes, units, what listens, what is mounted and linked. */
const FACTS = `
  sha256sum /etc/containerd/config.toml
  systemctl is-active containerd kubelet ofwasm-pod-network 2>&1
  ls -d /opt/ofwasm /var/lib/ofwasm /etc/kubernetes /var/lib/etcd/member /usr/local/bin/crun 2>&1
  ls -A /root /etc/cni/net.d 2>&1
  ctr -n k8s.io images ls -q | sort
  ctr -n k8s.io containers ls -q | sort
  ip -o link | grep -c .
  ip -4 route`;

/** Machines that somebody else made: the program has an address, a host key and the user's SSH agent. */
describeOnHost("machines of one's own, over SSH", () => {
  let lab: Lab;
  let stack: SshStack;
  const before: string[] = [];

  const machines = (): MachineSpec[] => [0, 1].map((index) => lab.spec(HOSTS, index));
  const facts = (spec: MachineSpec): Promise<string> => lab.ssh(spec, FACTS);

  beforeAll(async () => {
    lab = await Lab.open(localImage());
    stack = new SshStack(lab, STACK);
    for (const machine of machines()) {
      await stack.install(machine);
      before.push(await facts(machine));
    }
  });

  afterAll(async () => {
    stack?.close();
    await lab.close([HOSTS]);
  });

  it("one becomes a cluster whose function answers", async () => {
    expect(await stack.must("up", machines().slice(0, 1))).toMatch(READY);
  });

  it("nothing to do changes nothing", async () => {
    const [first] = machines();
    const journal = "cat /var/lib/ofwasm/runtime/journal; stat -c '%n %Y %i' /etc/containerd/config.toml";
    const had = await lab.ssh(first!, journal);
    const text = await stack.must("up", [first!]);
    expect(text).toMatch(/\d+ unchanged/);
    expect(text).not.toMatch(/[+~-] {1,2}\d+ (created|updated|deleted|replaced)/);
    expect(await lab.ssh(first!, journal)).toBe(had);
  });

  it("another one joins", async () => {
    expect(await stack.must("up", machines())).toMatch(READY);
    const nodes = "kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -l ofwasm.dev/wasmedge=proved -o name";
    // Without a cache of kubectl's that would stay on the machine.
    expect(await lab.ssh(machines()[0]!, `${nodes} --cache-dir "$(mktemp -d)"`)).toBe("node/node-0\nnode/node-1");
  });

  it("a host that answers with another key is told nothing", async () => {
    const [first, second] = machines() as [MachineSpec, MachineSpec];
    const logins = "journalctl --output cat --grep 'Accepted publickey' | wc -l";
    const had = Number(await lab.ssh(first, logins));
    const { code, text } = await stack.run("up", [{ ...first, hostKey: second.hostKey }, second]);
    expect(code).toBe(1);
    expect(text).toMatch(/host key/i);
    // This question's own login is the only one more.
    expect(Number(await lab.ssh(first, logins))).toBe(had + 1);
  });

  it("down gives them back", async () => {
    await stack.must("down", machines());
    const after = await Promise.all(machines().map(facts));
    expect(after).toEqual(before);
  });
});
