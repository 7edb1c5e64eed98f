import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type FunctionSpec, functionDeployment, functionNamespace, functionService } from "../../components/function";
import { type Delivery, type DeliverySpec, deliveryObjects, ROLL_LEASE } from "../../components/node-daemonset";
import { runtimeClass } from "../../components/wasm-runtime/wasm-runtime";
import { localImage, payload as payloadArtifact } from "../../infra/artifacts";
import { DeliveryCluster } from "../../infra/node-roll/cluster";
import { awaitProved, giveBack } from "../../infra/node-roll/follow";
import { ask } from "../../infra/report/answers";
import { readStoredImage, type StoredImage } from "../../infra/toolchain/oci";
import { readPayload } from "../../infra/toolchain/payload";
import { deliveryImage } from "../../infra/toolchain/payload/delivery-image";
import { Client } from "../../infra/toolchain/plugins/kubernetes/client";
import { access } from "../../infra/toolchain/plugins/kubernetes/kubeconfig";
import { streamProgress } from "../../infra/toolchain/progress";
import { readSampleImage, sampleCommand, sampleImage } from "../../infra/toolchain/sample";
import { type Artifact, ensure } from "../../infra/toolchain/store";
import { describeOnHost, Lab } from "../machine/support";
import { LabCluster } from "./support";

// The image of local machines, the runtime and the sample may have to be built first.
jest.setTimeout(3_600_000);

const STACK = "delivery";
const PORT = 30080;
const NODES = [0, 1, 2];
const CONFIG = "/etc/containerd/config.toml";

/** What the operator of node 1 has in containerd's file: a runtime of the name that ours is to have. */
const FOREIGN = `
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun]
  runtime_type = "io.containerd.runc.v2"
`;

const made = async (artifact: Artifact): Promise<string> =>
  (await ensure(artifact, { progress: streamProgress() })).path;

/** Everything of a machine that the transaction may touch, and containerd's process. */
const MACHINE =
  `sha256sum ${CONFIG}; systemctl show --value -p MainPID containerd; ` +
  "find /opt /usr/local/bin /var/lib/ofwasm/runtime -printf '%p %T@ %l\\n' 2>/dev/null | sort";

const FILES = `sha256sum ${CONFIG}; find /opt /usr/local/bin /var/lib/ofwasm /run/ofwasm 2>/dev/null | sort; ctr -n k8s.io images list -q | grep proof; true`;

describeOnHost("delivery by a DaemonSet", () => {
  let lab: Lab;
  let cluster: LabCluster;
  let client: Client;
  let spec: DeliverySpec;
  let sample: StoredImage;
  let before: string[];
  const said: string[] = [];

  const on = async (index: number, command: string): Promise<string> =>
    (await cluster.on(index, command)).stdout.trim();
  const onEach = (command: string): Promise<string[]> => Promise.all(NODES.map((index) => on(index, command)));

  async function deliver(change: Partial<DeliverySpec> = {}): Promise<Delivery> {
    const delivery = deliveryObjects({ ...spec, ...change });
    await cluster.apply(...delivery.objects);
    return delivery;
  }

  const followed = ({ generation, namespace }: Delivery): DeliveryCluster =>
    new DeliveryCluster(client, { generation, namespace, daemonSet: "node-runtime" });

  function following({ generation }: Delivery) {
    const report = (line: string): void => {
      said.push(line);
      process.stderr.write(`    ${line}\n`);
    };
    return { generation, timeoutMs: 120_000, report };
  }

  const kubectl = (command: string): Promise<string> => cluster.kubectl(`-n ofwasm-runtime ${command}`);

  /** When each node had its turn, by the logs of the pods that are there, in order. */
  async function turnsOf(verb: string): Promise<{ node: string; begun: string; ended: string }[]> {
    const logs = await kubectl("logs -l app.kubernetes.io/name=node-runtime --tail=-1");
    const times = (what: (node: string) => string) => (node: string) =>
      logs
        .split("\n")
        .find((line) => line.endsWith(what(node)))
        ?.split(" ")[0] ?? "";
    const begun = times((node) => `${verb} on node ${node}`);
    const ended = times((node) => `node ${node}: done`);
    return NODES.map((index) => `node-${index}`)
      .map((node) => ({ node, begun: begun(node), ended: ended(node) }))
      .filter((turn) => turn.begun !== "")
      .sort((a, b) => (a.begun < b.begun ? -1 : 1));
  }

  async function give(image: StoredImage): Promise<void> {
    const base64 = readFileSync(image.archive).toString("base64");
    const pinned = `ctr -n k8s.io images label ${image.reference} io.cri-containerd.pinned=pinned`;
    for (const index of NODES)
      await cluster.on(index, `base64 -d >i.tar && ctr -n k8s.io images import i.tar && rm i.tar && ${pinned}`, base64);
  }

  beforeAll(async () => {
    lab = await Lab.open();
    cluster = new LabCluster(lab, await made(localImage()), STACK);
    const runtime = payloadArtifact({ crunVersion: "1.21", wasmedgeVersion: "0.14.1" });
    const image = readStoredImage(await made(deliveryImage(runtime)));
    sample = readSampleImage(await made(sampleImage("http-server")));
    for (const index of NODES) await cluster.create(index);
    const { kubeconfig } = await cluster.init();
    for (const index of [1, 2]) await cluster.declare(index);
    for (const index of [1, 2]) await cluster.join(index);
    await cluster.nodesReady();
    await cluster.addons("iptables");
    await give(image);
    await give(sample);
    client = new Client(access({ kubeconfig }));
    spec = {
      payload: readPayload(await made(runtime)),
      image: image.reference,
      imagePullPolicy: "Never",
      leaseSeconds: 15,
      canary: "node-1",
    };
    before = await onEach(FILES);
  });
  afterAll(async () => {
    client?.close();
    await lab?.close([STACK]);
  });

  it("stops at the node that cannot have it, says why, and leaves the others as they are", async () => {
    await cluster.on(1, `cp -p ${CONFIG} /root/config.mine && cat >>${CONFIG}`, FOREIGN);
    const machines = await onEach(MACHINE);
    const delivery = await deliver();
    const begun = Date.now();
    await expect(awaitProved(followed(delivery), following(delivery))).rejects.toThrow(
      /node node-1 stopped the roll of the runtime: .*config\.toml: a runtime "crun" is there that is not ours/,
    );
    process.stderr.write(`declared to refused: ${Date.now() - begun} ms\n`);
    // Long enough for the others to begin, if they did.
    await sleep(5_000);
    expect(await onEach(MACHINE)).toEqual(machines);
    expect(await cluster.kubectl("get nodes -l ofwasm.dev/wasmedge=proved -o name")).toBe("");
    expect(await kubectl("get events -o jsonpath='{.items[*].message}'")).toContain("node node-1: ");
    const waiting = await kubectl("logs -l app.kubernetes.io/name=node-runtime --tail=-1 --prefix");
    expect(waiting).toContain("waiting: the roll is stopped by node node-1: ");
    const ended =
      "{range .items[*]}{.status.containerStatuses[0].lastState.terminated.message}{.status.containerStatuses[0].state.terminated.message}{end}";
    expect(await kubectl(`get pods -o jsonpath='${ended}'`)).toMatch(/^node node-1: .*not ours/);
  });

  it("goes on node by node once that is mended, past a pod that died with its turn", async () => {
    const delivery = deliveryObjects(spec);
    // As a pod leaves it that is killed in its turn, on a node that is gone. Before the node is mended, whose pod the
    // kubelet may start again at any moment.
    const turn = {
      spec: { holderIdentity: "node-9", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z" },
    };
    await kubectl(`patch lease ${ROLL_LEASE} --type merge --patch '${JSON.stringify(turn)}'`);
    await on(1, `mv /root/config.mine ${CONFIG}`);
    const begun = Date.now();
    const nodes = await awaitProved(followed(delivery), following(delivery));
    process.stderr.write(`three nodes proved, one after the other: ${Date.now() - begun} ms\n`);
    expect(nodes).toMatchObject(
      NODES.map((index) => ({
        name: `node-${index}`,
        address: cluster.machine(index).address,
        versions: { crun: "1.21", wasmedge: "0.14.1" },
        payloadDigest: `sha256:${spec.payload.manifest.sha256}`,
      })),
    );
    const turns = await turnsOf("apply");
    expect(turns.map(({ node }) => node)[0]).toBe("node-1");
    expect(turns).toHaveLength(3);
    const overlapping = turns.filter(({ begun: start }, index) => index > 0 && start < turns[index - 1]!.ended);
    expect(overlapping).toEqual([]);
    const logs = await kubectl("logs -l app.kubernetes.io/name=node-runtime --tail=-1");
    expect(logs).toContain("node node-9 has not renewed its turn for 15 s");
  });

  it("serves WebAssembly on the nodes that were proved", async () => {
    const object = (apiVersion: string, kind: string, args: object): object => ({ apiVersion, kind, ...args });
    const served: FunctionSpec = {
      name: "http-server",
      namespace: "functions",
      image: sample.reference,
      command: sampleCommand("http-server"),
      imagePullPolicy: "Never",
      probes: { readiness: { path: "/" } },
      http: { service: { type: "NodePort", nodePort: PORT } },
    };
    await cluster.apply(
      object("node.k8s.io/v1", "RuntimeClass", runtimeClass("openfunction-crun")),
      object("v1", "Namespace", functionNamespace("functions")),
      object("apps/v1", "Deployment", functionDeployment(served)),
      object("v1", "Service", functionService(served)),
    );
    await cluster.kubectl("-n functions rollout status deployment/http-server --timeout 60s");
    expect(await ask(`http://${cluster.machine(0).address}:${PORT}/echo`, 10_000)).toEqual({
      ready: true,
      text: "WasmEdge",
    });
  });

  it("rolls another generation over nodes that have the runtime, without a restart of anything", async () => {
    const processes = await onEach("systemctl show --value -p MainPID containerd");
    const delivery = await deliver({ leaseSeconds: 16, canary: "node-2" });
    await awaitProved(followed(delivery), following(delivery));
    expect(await onEach("systemctl show --value -p MainPID containerd")).toEqual(processes);
    expect((await turnsOf("apply")).map(({ node }) => node)[0]).toBe("node-2");
  });

  it("gives the nodes back byte for byte, but none with a function on it", async () => {
    const delivery = deliveryObjects({ ...spec, leaseSeconds: 16, canary: "node-2" });
    await expect(giveBack(followed(delivery), following(delivery))).rejects.toThrow(
      /cannot be given back: pods still run in runtime crun: functions\/http-server/,
    );
    await cluster.kubectl("delete namespace functions --wait=true");
    const begun = Date.now();
    await giveBack(followed(delivery), following(delivery));
    process.stderr.write(`three nodes given back, one after the other: ${Date.now() - begun} ms\n`);
    expect(await onEach(FILES)).toEqual(before);
    expect(await cluster.kubectl("get nodes -l ofwasm.dev/wasmedge=proved -o name")).toBe("");
    const annotations = await cluster.kubectl("get nodes -o jsonpath='{.items[*].metadata.annotations}'");
    expect(annotations).not.toContain("ofwasm.dev/delivery");
  });
});
