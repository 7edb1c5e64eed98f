import { randomBytes } from "node:crypto";
import type { MachineSpec } from "../../components/node-pool/spec";
import { localImage } from "../../infra/artifacts";
import { BASE } from "../../infra/local/image";
import { run } from "../../infra/process";
import { streamProgress } from "../../infra/toolchain/progress";
import { ensure } from "../../infra/toolchain/store";
import { LabCluster, serverOn } from "../cluster/support";
import { Lab } from "../machine/support";
import { describeOnHost, READY } from "./stack";
import { type Stranger, StrangersStack, settle } from "./strangers";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

/** Stack of the machines' driver, which the program knows nothing of; and the program's own. */
const HOSTS = "e2e-strangers";
const STACK = "e2e-strange";

/** A word that no file of a machine has by itself. */
const WORD = `battery${randomBytes(6).toString("hex")}`;
const PASSWORD = `correct horse $(${WORD}) staple`;

/** What the stack must give back. */
const FACTS =
  "find /etc/kubernetes /opt/ofwasm /var/lib/ofwasm 2>/dev/null | sort; sha256sum /etc/containerd/config.toml; ctr -n k8s.io containers ls -q";

/** Two machines of other releases; the last one is the bastion. */
class MixedCluster extends LabCluster {
  constructor(
    lab: Lab,
    private readonly older: string,
    newer: string,
  ) {
    super(lab, newer, HOSTS);
  }

  override machine(index: number): MachineSpec {
    const spec = super.machine(index);
    return index === 0 ? { ...spec, image: this.older } : spec;
  }
}

/** Machines that nothing is known of but an address, a user and the fingerprint on the console. */
describeOnHost("strangers behind a bastion, Debian 12 with a password for sudo and Debian 13 without", () => {
  let lab: Lab;
  let stack: StrangersStack;
  let cluster: MixedCluster;
  let hosts: [Stranger, Stranger];
  let bastion: Stranger;
  let handedOver: string[];
  let printed = "";
  const counted = new Map<string, number>();

  /** Who logged in to a machine since the last question, `user address`; the test itself is root there. */
  async function logins({ machine }: Stranger): Promise<string[]> {
    const journal = await lab.ssh(machine, "journalctl --output cat --grep 'Accepted publickey'");
    const all = journal.split("\n").flatMap((line) => /for (\S+) from (\S+)/.exec(line)?.slice(1).join(" ") ?? []);
    const others = all.filter((login) => !login.startsWith("root "));
    const before = counted.get(machine.name) ?? 0;
    counted.set(machine.name, others.length);
    return [...new Set(others.slice(before))];
  }

  async function must(verb: string, settings: Record<string, string> = {}): Promise<string> {
    const { code, text } = await stack.runWith(verb, settings);
    printed += text;
    if (code !== 0) throw new Error(`${verb} ended with exit code ${code}:\n${text}`);
    return text;
  }

  beforeAll(async () => {
    lab = await Lab.open(localImage());
    const progress = { progress: streamProgress() };
    const older = await ensure(localImage({}, { ...BASE, suite: "bookworm" }), progress);
    cluster = new MixedCluster(lab, older.path, lab.image);
    stack = new StrangersStack(lab, STACK);
    hosts = [
      { machine: cluster.machine(0), user: "admin", sudoPassword: PASSWORD, maySudo: true },
      { machine: cluster.machine(1), user: "admin", maySudo: true },
    ];
    bastion = { machine: cluster.machine(2), user: "jump", maySudo: false };
    await Promise.all(
      [...hosts, bastion].map(async (stranger) => {
        await stack.install(stranger.machine);
        await settle(lab, stranger);
      }),
    );
    handedOver = await Promise.all(hosts.map(({ machine }) => lab.ssh(machine, FACTS)));
  });

  afterAll(async () => {
    stack?.close();
    stack?.forget();
    await lab.close([HOSTS]);
  });

  it("are what their consoles say, the machines asked through the bastion", async () => {
    expect(await stack.scan([bastion], "--bastion")).toMatchObject({ code: 0 });
    expect(await stack.scan(hosts)).toMatchObject({ code: 0 });
    expect(await logins(bastion)).toEqual([expect.stringMatching(/^jump /)]);
    for (const host of hosts) expect(await logins(host)).toEqual([]);
    await stack.secret("sudoPassword", PASSWORD);
  });

  it("get the runtime only where they are nodes already: no pod restarts, a function answers", async () => {
    const { kubeconfig } = await cluster.init();
    await cluster.declare(1);
    await cluster.join(1);
    await cluster.addons("nftables");
    await cluster.nodesReady();
    await cluster.apply(...serverOn("alpha", "node-0"), ...serverOn("beta", "node-1"));
    await cluster.kubectl("wait --for=condition=Ready pod/alpha pod/beta --timeout 60s");
    await stack.secret("kubeconfig", kubeconfig);
    const processes = "ctr -n k8s.io tasks list | awk '$3 == \"RUNNING\" { print $1, $2 }' | sort";
    const running = (index: number): Promise<string[]> => lines(cluster.on(index, processes));
    const pods =
      "get pods -A --no-headers -o custom-columns=N:.metadata.name,R:.status.containerStatuses[*].restartCount";
    const restarts = async (): Promise<string[]> => (await cluster.kubectl(pods)).split("\n");
    const before = { tasks: [await running(0), await running(1)], restarts: await restarts() };
    expect(before.tasks.flat().length).toBeGreaterThan(10);

    expect(await must("up", { cluster: "existing" })).toMatch(READY);

    const proved = "get nodes -l ofwasm.dev/wasmedge=proved -o name";
    expect(await cluster.kubectl(proved)).toBe("node/node-0\nnode/node-1");
    for (const index of [0, 1]) expect(await running(index)).toEqual(expect.arrayContaining(before.tasks[index]!));
    expect(await restarts()).toEqual(expect.arrayContaining(before.restarts));

    await must("down", { cluster: "existing" });
    expect(await cluster.kubectl(proved)).toBe("");
    for (const index of [0, 1]) {
      expect(await running(index)).toEqual(before.tasks[index]);
      await cluster.on(index, "! grep -q ofwasm /etc/containerd/config.toml");
    }
    await cluster.on(1, "exec bash -s down", cluster.joinInput(1));
    await cluster.on(0, "exec bash -s down", cluster.initInput());
  });

  it("become a cluster whose function answers, all of it through the bastion", async () => {
    for (const one of [...hosts, bastion]) await logins(one);
    expect(await must("up")).toMatch(READY);
    const from = `admin ${bastion.machine.address}`;
    for (const host of hosts) expect(await logins(host)).toEqual([from]);
    expect(await logins(bastion)).toEqual([expect.stringMatching(/^jump /)]);
  });

  it("never have the password in what is printed, kept, logged or shown of a process", async () => {
    expect(printed.length).toBeGreaterThan(100);
    expect(printed).not.toContain(PASSWORD);
    const [first] = hosts;
    // Sudo was asked, and notes what it was asked for.
    expect(await lab.ssh(first.machine, "journalctl --output cat | grep -c 'COMMAND=.*bash'")).toMatch(/^[1-9]/);
    const places = "/var/log /var/lib/ofwasm /opt/ofwasm /etc/containerd /etc/kubernetes /home /root /tmp /run";
    const search = `grep -rIlF ${WORD} ${places} 2>/dev/null; journalctl --output cat | grep -F ${WORD}; true`;
    expect(await lab.ssh(first.machine, search)).toBe("");
    const { stdout } = await run("grep", ["-rlF", WORD, lab.state], {}).catch(() => ({ stdout: "" }));
    expect(stdout).toBe("");
  });

  it("are told nothing when their key, or the bastion's, is another one", async () => {
    const [first, second] = hosts as [Stranger, Stranger];
    const swapped = [second, second].map(({ machine, user }, index) => {
      const { name, address } = hosts[index]!.machine;
      return { name, address, user, hostKey: machine.hostKey.publicKey.trim() };
    });
    const other = { address: bastion.machine.address, user: "jump", hostKey: first.machine.hostKey.publicKey.trim() };
    await logins(first);
    const wrongHost = await stack.runWith("up", { hosts: JSON.stringify(swapped) });
    expect(wrongHost.code).toBe(1);
    expect(wrongHost.text).toMatch(/host key mismatch/);
    expect(await logins(first)).toEqual([]);
    await logins(bastion);
    const wrongBastion = await stack.runWith("up", { bastion: JSON.stringify(other) });
    expect(wrongBastion.code).toBe(1);
    expect(wrongBastion.text).toMatch(/bastion: host key mismatch/);
    for (const one of [first, second, bastion]) expect(await logins(one)).toEqual([]);
  });

  it("with the wrong password say so, and nothing runs", async () => {
    await stack.secret("sudoPassword", "wrong");
    const { code, text } = await stack.runWith("up");
    expect(code).toBe(1);
    expect(text).toMatch(/sudo does not let admin become root \(.*incorrect password.*\); check sudoPassword/);
    await stack.secret("sudoPassword", PASSWORD);
  });

  it("are given back by down", async () => {
    await must("down");
    expect(await Promise.all(hosts.map(({ machine }) => lab.ssh(machine, FACTS)))).toEqual(handedOver);
  });
});

const lines = async (ran: Promise<{ stdout: string }>): Promise<string[]> => (await ran).stdout.trim().split("\n");
