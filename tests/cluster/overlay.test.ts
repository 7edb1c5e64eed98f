import { localImage } from "../../infra/artifacts";
import { flannelImage } from "../../infra/local/image/flannel-image";
import { readStoredImage } from "../../infra/toolchain/oci";
import { streamProgress } from "../../infra/toolchain/progress";
import { ensure } from "../../infra/toolchain/store";
import { describeOnHost, Lab, machineCommand } from "../machine/support";
import { RoutedCluster, Router } from "./routed";
import { fromPod, serverOn } from "./support";

// The image of local machines, and flannel's, may have to be built first.
jest.setTimeout(3_600_000);

/** Machine 0 is on one link, the others on another. */
const STACKS = ["east", "west", "west"] as const;

describeOnHost("machines on different links", () => {
  let lab: Lab;
  let cluster: RoutedCluster;
  const router = new Router();

  const addressOf = (pod: string) => cluster.kubectl(`get pod ${pod} -o jsonpath='{.status.podIP}'`);
  const answer = async (index: number, from: string, url: string) =>
    (await cluster.on(index, fromPod(from, url))).stdout;
  const flannelOn = (index: number) =>
    cluster.kubectl(
      `-n kube-system get pod -l k8s-app=kube-flannel --field-selector spec.nodeName=node-${index} -o jsonpath='{.items[*].metadata.uid} {.items[*].status.containerStatuses[*].restartCount}'`,
    );

  beforeAll(async () => {
    lab = await Lab.open();
    const { path } = await ensure(localImage(), { progress: streamProgress() });
    const flannel = readStoredImage((await ensure(flannelImage(), { progress: streamProgress() })).path);
    cluster = new RoutedCluster(lab, path, STACKS, flannel);
    for (const index of [0, 1]) await cluster.create(index);
    await router.open([cluster.machine(0), cluster.machine(1)]);
    for (const index of [0, 1]) {
      await cluster.route(index);
      await cluster.deliver(index);
    }
  });
  afterAll(async () => {
    await router.close();
    await lab.close([...new Set(STACKS)]);
  });

  it("see each other through the router only", async () => {
    const [one, other] = [cluster.machine(0), cluster.machine(1)];
    expect(one.network).not.toBe(other.network);
    expect((await cluster.on(0, `ip route get ${other.address}`)).stdout).toContain(" via ");
    await router.inside("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward");
    const reach = `timeout 3 bash -c '</dev/tcp/${other.address}/22'`;
    await expect(cluster.on(0, reach)).rejects.toThrow();
    await router.inside("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward");
    await cluster.on(0, reach);
  });

  it("become one cluster, whose workers are joined when the overlay knows them", async () => {
    process.stderr.write(`init: ${JSON.stringify((await cluster.init()).milliseconds)}\n`);
    await cluster.overlay();
    await cluster.declare(1);
    await cluster.on(1, "systemd-run --quiet --unit taken socat -u UDP-RECV:8472 /dev/null");
    await expect(cluster.join(1)).rejects.toThrow(/finding\(s\):\n.*UDP port 8472 is taken/);
    await cluster.on(1, "systemctl stop taken");
    process.stderr.write(`join 1: ${JSON.stringify(await cluster.join(1))}\n`);
    expect((await cluster.on(1, "ip -4 route show dev flannel.1")).stdout).toMatch(
      /^10\.244\.0\.0\/24 via 10\.244\.0\.0 /,
    );
    expect(await cluster.nodesReady()).toEqual(["node-0", "node-1"]);
  });

  it("carry traffic between their pods, to services by address and by name, and from the host", async () => {
    await cluster.addons("nftables");
    await cluster.apply(...serverOn("alpha", "node-0"), ...serverOn("beta", "node-1"));
    await cluster.kubectl("wait --for=condition=Ready pod/alpha pod/beta --timeout 60s");
    const [alpha, beta] = [await addressOf("alpha"), await addressOf("beta")];
    expect(await answer(0, alpha, `http://${beta}:8080/health`)).toBe("OK");
    expect(await answer(1, beta, `http://${alpha}:8080/health`)).toBe("OK");
    expect((await cluster.on(0, `ip route get ${beta}`)).stdout).toContain("dev flannel.1");
    const service = await cluster.kubectl("get service beta -o jsonpath='{.spec.clusterIP}'");
    expect(await answer(0, alpha, `http://${service}/health`)).toBe("OK");
    // CoreDNS has one pod, so one of the two asks it across.
    expect(await answer(0, alpha, "http://beta/health")).toBe("OK");
    expect(await answer(1, beta, "http://alpha.default.svc.cluster.local/health")).toBe("OK");
    for (const pod of ["alpha", "beta"]) {
      const port = await cluster.kubectl(`get service ${pod} -o jsonpath='{.spec.ports[0].nodePort}'`);
      for (const index of [0, 1]) {
        const response = await fetch(`http://${cluster.machine(index).address}:${port}/health`);
        expect(await response.text()).toBe("OK");
      }
    }
  });

  it("leave room for VXLAN's headers in every pod's packets", async () => {
    const uplink = Number((await cluster.on(0, "cat /sys/class/net/host0/mtu")).stdout);
    expect((await cluster.on(0, "cat /sys/class/net/flannel.1/mtu")).stdout.trim()).toBe(String(uplink - 50));
    const pods = "for space in $(ip netns list | cut -d ' ' -f 1); do ip -n $space link show eth0; done";
    const sizes = [...(await cluster.on(1, pods)).stdout.matchAll(/ mtu (\d+) /g)].map(([, mtu]) => Number(mtu));
    expect(sizes.length).toBeGreaterThan(0);
    expect(new Set(sizes)).toEqual(new Set([uplink - 50]));
  });

  it("let another worker join without anything being done on the first machines", async () => {
    await cluster.create(2);
    await cluster.route(2);
    await cluster.deliver(2);
    const before = [await flannelOn(0), await flannelOn(1)];
    await cluster.on(0, "touch /run/before");
    await cluster.declare(2);
    process.stderr.write(`join 2: ${JSON.stringify(await cluster.join(2))}\n`);
    expect([await flannelOn(0), await flannelOn(1)]).toEqual(before);
    expect(before[0]).toMatch(/ 0$/);
    const written = "find /etc/kubernetes /etc/systemd /etc/cni /var/lib/ofwasm /usr/local -newer /run/before -type f";
    expect((await cluster.on(0, written)).stdout).toBe("");
    await cluster.apply(...serverOn("gamma", "node-2"));
    await cluster.kubectl("wait --for=condition=Ready pod/gamma --timeout 60s");
    const gamma = await addressOf("gamma");
    expect(await answer(0, await addressOf("alpha"), `http://${gamma}:8080/health`)).toBe("OK");
    expect(await answer(1, await addressOf("beta"), `http://${gamma}:8080/health`)).toBe("OK");
  });

  it("refuse to change to another kind of network", async () => {
    const moved = cluster.on(0, "exec bash -s up", cluster.initInput({ network: "l2" }));
    await expect(moved).rejects.toThrow(/network=overlay.*network=l2.*make a new cluster/s);
  });

  it("find each other again after a worker lost power", async () => {
    const machine = ["--stack", STACKS[1], "--name", cluster.machine(1).name];
    for (const verb of ["kill", "start"]) await machineCommand([verb, ...machine]);
    await cluster.route(1);
    expect(Object.keys(await cluster.join(1))).toEqual(["verify", "ready"]);
    await cluster.kubectl("wait --for=condition=Ready pod/beta --timeout 120s");
    expect(await answer(0, await addressOf("alpha"), `http://${await addressOf("beta")}:8080/health`)).toBe("OK");
  });

  it("give a worker's machine back", async () => {
    const traces = async () => (await cluster.on(2, "ip -4 route; ip link; nft list tables")).stdout;
    expect(await traces()).toMatch(/blackhole 10\.244\.0\.0\/16.*flannel\.1:.*flannel-ipv4/s);
    await cluster.on(2, "exec bash -s down", cluster.joinInput(2));
    expect(await traces()).not.toMatch(/10\.244|flannel/);
    await cluster.kubectl("delete node node-2");
    const gone = "until ! ip -4 route | grep -q '^10\\.244\\.2\\.0'; do sleep 0.1; done";
    for (const index of [0, 1]) await cluster.on(index, `timeout 10 bash -c '${gone.replaceAll("'", '"')}'`);
  });
});
