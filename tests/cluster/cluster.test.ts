import { nodePodCidr } from "../../components/cluster/addresses";
import { localImage } from "../../infra/artifacts";
import { streamProgress } from "../../infra/toolchain/progress";
import { ensure } from "../../infra/toolchain/store";
import { describeOnHost, Lab, machineCommand } from "../machine/support";
import { fromPod, LabCluster, serverOn } from "./support";

// The image of local machines may have to be built first.
jest.setTimeout(3_600_000);

describeOnHost("three machines", () => {
  let lab: Lab;
  let cluster: LabCluster;

  beforeAll(async () => {
    lab = await Lab.open();
    const { path } = await ensure(localImage(), { progress: streamProgress() });
    cluster = new LabCluster(lab, path, "three");
    for (const index of [0, 1, 2]) await cluster.create(index);
  });
  afterAll(() => lab.close(["three"]));

  it("makes a control plane, and leaves it alone when asked again", async () => {
    const first = await cluster.init();
    process.stderr.write(`init: ${JSON.stringify(first.milliseconds)}\n`);
    expect(first.kubeconfig).toContain(`https://${cluster.machine(0).address}:6443`);
    // As a cluster has it that was made before there was a choice of network.
    await cluster.on(0, "sed -i /^network=/d /var/lib/ofwasm/cluster/fingerprint && touch /run/before");
    const again = await cluster.init();
    expect({ ...again, milliseconds: {} }).toEqual({ ...first, milliseconds: {} });
    expect(Object.keys(again.milliseconds)).toEqual(["verify"]);
    const written = "find /etc/kubernetes /etc/systemd /etc/cni /var/lib/ofwasm /usr/local -newer /run/before -type f";
    expect((await cluster.on(0, written)).stdout).toBe("");
    expect(await cluster.nodesReady()).toEqual(["node-0"]);
  });

  it("refuses to become another cluster, or the same one with other networks", async () => {
    // Another stack of the same name, such as another user's: only the id differs.
    const other = cluster.initInput({ cluster_id: "other" });
    await expect(cluster.on(0, "exec bash -s up", other)).rejects.toThrow(
      /control-plane of cluster "three" \(id-of-three\), not of this "three" \(other\): run 'down' where that one was made/,
    );
    expect((await cluster.on(0, "exec bash -s down", other)).stderr).toContain("it is left alone");
    expect(await cluster.nodesReady()).toEqual(["node-0"]);
    const moved = cluster.on(0, "exec bash -s up", cluster.initInput({ pod_cidr: "10.250.0.0/16" }));
    await expect(moved).rejects.toThrow("make a new cluster");
  });

  it("lets two workers join, each with the subnet of its number", async () => {
    for (const index of [1, 2]) {
      await cluster.declare(index);
      process.stderr.write(`join ${index}: ${JSON.stringify(await cluster.join(index))}\n`);
    }
    expect(await cluster.nodesReady()).toEqual(["node-0", "node-1", "node-2"]);
    expect(await cluster.kubectl("get nodes -o jsonpath='{.items[*].spec.podCIDR}'")).toBe(
      [0, 1, 2].map((index) => nodePodCidr("10.244.0.0/16", index)).join(" "),
    );
    expect(Object.keys(await cluster.join(1))).toEqual(["verify", "ready"]);
  });

  it("carries traffic between pods of different machines, to services by name, and from the host", async () => {
    await cluster.addons("nftables");
    await cluster.apply(...serverOn("alpha", "node-1"), ...serverOn("beta", "node-2"));
    await cluster.kubectl("wait --for=condition=Ready pod/alpha pod/beta --timeout 60s");
    const addressOf = (pod: string) => cluster.kubectl(`get pod ${pod} -o jsonpath='{.status.podIP}'`);
    const [alpha, beta] = [await addressOf("alpha"), await addressOf("beta")];
    const answer = async (index: number, from: string, url: string) =>
      (await cluster.on(index, fromPod(from, url))).stdout;
    expect(await answer(1, alpha, `http://${beta}:8080/health`)).toBe("OK");
    expect(await answer(2, beta, "http://alpha/health")).toBe("OK");
    expect(await answer(1, alpha, "http://alpha.default.svc.cluster.local/health")).toBe("OK");
    const port = await cluster.kubectl("get service beta -o jsonpath='{.spec.ports[0].nodePort}'");
    for (const index of [0, 1, 2]) {
      const response = await fetch(`http://${cluster.machine(index).address}:${port}/health`);
      expect(await response.text()).toBe("OK");
    }
  });

  it("comes back after all machines lost power", async () => {
    for (const verb of ["kill", "start"])
      for (const index of [0, 1, 2])
        await machineCommand([verb, "--stack", "three", "--name", cluster.machine(index).name]);
    expect(Object.keys((await cluster.init()).milliseconds)).toEqual(["verify"]);
    expect(await cluster.nodesReady()).toHaveLength(3);
    await cluster.kubectl("wait --for=condition=Ready pod/alpha pod/beta --timeout 120s");
    const routes = (await cluster.on(1, "ip -4 route; cat /proc/sys/net/ipv4/conf/host0/proxy_arp")).stdout;
    expect(routes).toMatch(/10\.244\.0\.0\/16 dev host0/);
    expect(routes).toMatch(/\n1\n$/);
  });

  it("gives a worker's machine back", async () => {
    await cluster.on(2, "exec bash -s down", cluster.joinInput(2));
    const left =
      "ls -d /etc/kubernetes/kubelet.conf /etc/cni/net.d/10-ofwasm.conflist /var/lib/ofwasm/cluster 2>/dev/null; true";
    expect((await cluster.on(2, left)).stdout).toBe("");
    expect((await cluster.on(2, "ip route")).stdout).not.toContain("10.244");
  });
});

describeOnHost("runs that do not end", () => {
  let lab: Lab;
  let cluster: LabCluster;

  beforeAll(async () => {
    lab = await Lab.open();
    const { path } = await ensure(localImage(), { progress: streamProgress() });
    cluster = new LabCluster(lab, path, "broken");
    for (const index of [0, 1]) await cluster.create(index);
  });
  afterAll(() => lab.close(["broken"]));

  it("a control plane killed at any moment is made by the next run", async () => {
    for (const milliseconds of [400, 1_200, 2_500, 5_000])
      await cluster.killedAfter(0, milliseconds, cluster.initInput());
    await cluster.init();
    expect(await cluster.nodesReady()).toEqual(["node-0"]);
  });

  it("a join killed at any moment, and a machine that loses power in it, are made good by the next run", async () => {
    await cluster.declare(1);
    for (const milliseconds of [400, 1_000, 1_800, 2_600])
      await cluster.killedAfter(1, milliseconds, cluster.joinInput(1));
    const broken = cluster.join(1).catch(() => "lost power, as wanted");
    await new Promise((done) => setTimeout(done, 1_500));
    const machine = ["--stack", "broken", "--name", cluster.machine(1).name];
    await machineCommand(["kill", ...machine]);
    await broken;
    await machineCommand(["start", ...machine]);
    await cluster.join(1);
    expect(await cluster.nodesReady()).toEqual(["node-0", "node-1"]);
  });

  it("everything unfit is said in one report", async () => {
    const change = { address: "192.0.2.1", cgroup_driver: "systemd", fail_swap_on: true };
    await cluster.on(1, "exec bash -s down", cluster.joinInput(1));
    // Somebody else listens where kubelet has to.
    await cluster.on(1, "systemd-run --quiet --unit busy systemd-socket-activate --listen 10250 /bin/true");
    const unfit = scriptWith(cluster.joinInput(1), change);
    await expect(cluster.on(1, "exec bash -s up", unfit)).rejects.toThrow(
      /finding\(s\):\n(.*\n)*.*192\.0\.2\.1 is on no interface(.*\n)*.*port 10250 .*systemd-socket(.*\n)*.*SystemdCgroup = false but cgroupDriver is systemd/,
    );
  });
});

/** The same script with other values. */
function scriptWith(input: string, change: Record<string, string | boolean>): string {
  return Object.entries(change).reduce(
    (text, [key, value]) => text.replace(new RegExp(`^${key}=.*$`, "m"), `${key}=${value}`),
    input,
  );
}
