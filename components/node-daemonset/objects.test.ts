import { DELIVERED, DELIVERY } from "../../tests/support/delivery";
import { recordGraph, settled } from "../../tests/support/graph";
import type { KubernetesObject } from "../manifests";
import { type DeliverySpec, deliveryObjects, NodeRuntimeDaemonSet } from ".";

const { manifest } = DELIVERY.payload;
const payload = { ...DELIVERY.payload, manifest: { ...manifest, architecture: "arm64" } };
const spec: DeliverySpec = { ...DELIVERY, payload };

const one = (kind: string, change: Partial<DeliverySpec> = {}): KubernetesObject =>
  deliveryObjects({ ...spec, ...change }).objects.find((object) => object.kind === kind)!;

const podSpec = (change: Partial<DeliverySpec> = {}): Record<string, unknown> =>
  (one("DaemonSet", change).spec as { template: { spec: Record<string, unknown> } }).template.spec;

const data = (change: Partial<DeliverySpec> = {}): Record<string, string> =>
  one("ConfigMap", change).data as Record<string, string>;

describe("the objects of a delivery", () => {
  it("admit privileged pods in a namespace of their own only", () => {
    expect(one("Namespace").metadata).toEqual({
      name: "ofwasm-runtime",
      labels: { "pod-security.kubernetes.io/enforce": "privileged" },
    });
    const outside = deliveryObjects({ ...spec, namespace: "mine" }).objects.filter(
      ({ metadata }) => metadata.namespace !== "mine",
    );
    expect(outside.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "Namespace mine",
      "ClusterRole mine-node-runtime",
      "ClusterRoleBinding mine-node-runtime-pods",
    ]);
  });

  it("may read and mark nodes, take the one Lease, and nothing of Secrets or of others' pods", () => {
    const rules = deliveryObjects(spec).objects.flatMap((object) => (object.rules as object[] | undefined) ?? []);
    expect(rules).toEqual([
      {
        apiGroups: ["coordination.k8s.io"],
        resources: ["leases"],
        resourceNames: ["node-runtime-roll"],
        verbs: ["get", "patch"],
      },
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
      { apiGroups: [""], resources: ["events"], verbs: ["create"] },
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "patch"] },
    ]);
  });

  it("go to nodes that the payload runs on, and past no taint that nobody named", () => {
    expect(podSpec()).toMatchObject({
      hostPID: true,
      nodeSelector: { "kubernetes.io/arch": "arm64", "kubernetes.io/os": "linux" },
    });
    expect(podSpec()).not.toHaveProperty("tolerations");
    expect(podSpec()).not.toHaveProperty("hostNetwork");
    const tolerations = [{ operator: "Exists" }];
    expect(podSpec({ nodeSelector: { pool: "wasm" }, tolerations })).toMatchObject({
      nodeSelector: { pool: "wasm", "kubernetes.io/arch": "arm64" },
      tolerations,
    });
  });

  it("carry the very script that machines get over SSH, with the same inputs", () => {
    const { transaction } = data({ cgroupDriver: "systemd", containerdVersions: { oldest: "1.6", newest: "2.3" } });
    const [script, inputs] = transaction!.split('ofwasm_script "$@"; exit $?\n');
    expect(script).toContain("Brings WebAssembly to a machine's containerd");
    expect(inputs!.split("\n")).toEqual(
      expect.arrayContaining([
        "cgroup_driver=systemd",
        "containerd_newest=2.3",
        `payload_sha256=${manifest.sha256}`,
        "socket=/run/containerd/containerd.sock",
      ]),
    );
    expect(JSON.stringify(data()).length).toBeLessThan(1_048_576 / 4);
  });

  it("are another roll when anything of it is another, and the same one otherwise", () => {
    const generation = (change: Partial<DeliverySpec>): string => deliveryObjects({ ...spec, ...change }).generation;
    const all = [
      {},
      { image: "other" },
      { canary: "b" },
      { reconcile: "2026-01-02" },
      { containerdUnit: "other" },
      { leaseSeconds: 30 },
    ];
    expect(new Set(all.map(generation)).size).toBe(all.length);
    // Where it goes does not change what is there.
    expect(generation({ tolerations: [{}], nodeSelector: { a: "b" } })).toBe(generation({}));
    expect(one("ConfigMap").metadata.name).toBe(`node-runtime-${generation({})}`);
  });

  it.each([0, 14, 15.5, 3601])("refuse a turn of %d seconds", (leaseSeconds) => {
    expect(() => deliveryObjects({ ...spec, leaseSeconds })).toThrow("15 to 3600 whole seconds");
  });
});

describe("NodeRuntimeDaemonSet", () => {
  async function made() {
    const graph = recordGraph(({ name }) => (name.endsWith("-roll") ? { stdout: JSON.stringify([DELIVERED]) } : {}));
    const login = { username: "robot", password: "hunter2" };
    const runtime = new NodeRuntimeDaemonSet("runtime", {
      ...spec,
      kubeconfig: "KUBECONFIG",
      imageCredentials: { server: "registry.example.org", login },
    });
    const nodes = await settled(runtime.nodes);
    return { graph, nodes };
  }

  it("waits for its own command and not for the DaemonSet, and has the nodes given back before that goes", async () => {
    const { graph, nodes } = await made();
    expect(nodes).toEqual([DELIVERED]);
    const roll = graph.get("runtime-roll")!;
    expect(roll.inputs).toMatchObject({ create: "ofwasm-node-roll await" });
    // Also where the roll failed, and so was never made.
    const giveBack = graph.get("runtime-give-back")!;
    expect(giveBack.inputs).toMatchObject({ delete: "ofwasm-node-roll remove", stdin: roll.inputs.stdin });
    expect(giveBack.inputs).not.toHaveProperty("create");
    for (const { inputs } of [roll, giveBack]) expect(inputs).not.toHaveProperty("triggers");
    expect(roll.dependsOn).toContain("runtime-give-back");
    const daemonSet = [...graph.values()].find(({ type }) => type.endsWith(":DaemonSet"))!;
    expect(giveBack.dependsOn).toContain(daemonSet.name);
    expect(daemonSet.inputs).toMatchObject({ metadata: { annotations: { "pulumi.com/skipAwait": "true" } } });
  });

  it("shows neither the kubeconfig nor the registry's password", async () => {
    const { graph } = await made();
    const secretKey = "4dabf18193072939515e22adb298388d";
    for (const { inputs } of graph.values()) {
      const open = JSON.stringify(inputs, (_, value) => (value?.[secretKey] === undefined ? value : "(secret)"));
      expect(open).not.toMatch(/KUBECONFIG|hunter2/);
    }
  });
});
