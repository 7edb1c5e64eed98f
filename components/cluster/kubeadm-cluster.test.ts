import { execFileSync } from "node:child_process";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../node-pool/machine";
import { ExistingCluster } from "./existing-cluster";
import { CLUSTER_ID_PROGRAM, joinSecretProgram, tokenId } from "./join-token";
import type { KubeadmClusterArgs } from "./kubeadm-args";
import { KubeadmCluster } from "./kubeadm-cluster";
import { clusterProblems } from "./validate";

interface Registered {
  type: string;
  inputs: Record<string, unknown>;
  parent: string;
  provider: string;
  dependsOn: string[];
  secretOutputs: string[];
  deletedWith: string;
  replaceWith: string[];
  replacementTrigger: unknown;
  deleteBeforeReplace: boolean;
  ignoreChanges: string[];
}

let registered: Record<string, Registered> = {};

const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

const RESULT = JSON.stringify({
  kubeconfig: Buffer.from("server: https://10.213.7.10:6443").toString("base64"),
  caCert: "Q0E=",
  milliseconds: {},
});

/** The part of a registration that mocks do not see. */
interface Request {
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getDeletedwith(): string;
  getReplaceWithList(): string[];
  getReplacementTrigger(): { toJavaScript(): unknown } | undefined;
  getDeletebeforereplace(): boolean;
  getIgnorechangesList(): string[];
}

beforeEach(() => {
  registered = {};
  pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered[name] = { ...registered[name]!, type, inputs };
        const stdout = name.endsWith("-control-plane")
          ? RESULT
          : name.endsWith("-id")
            ? "0123456789abcdef"
            : JSON.stringify({ secret: "0123456789abcdef", expires: "2030-01-01T00:00:00Z" });
        return { id: `${name}-id`, state: { ...inputs, ...(type.includes("Command") ? { stdout } : {}) } };
      },
      call: ({ inputs }) => inputs,
    },
    "project",
    "dev",
  );
  recordOptions();
});

function recordOptions(): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: Request, done: unknown): void;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) => {
    registered[request.getName()] = {
      type: "",
      inputs: {},
      parent: nameOf(request.getParent()),
      provider: nameOf(request.getProvider().split("::").slice(0, -1).join("::")),
      dependsOn: request.getDependenciesList().map(nameOf),
      secretOutputs: request.getAdditionalsecretoutputsList(),
      deletedWith: nameOf(request.getDeletedwith()),
      replaceWith: request.getReplaceWithList().map(nameOf),
      replacementTrigger: request.getReplacementTrigger()?.toJavaScript(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      ignoreChanges: request.getIgnorechangesList(),
    };
    register(request, done);
  };
}

class Birth extends pulumi.CustomResource {
  constructor(name: string) {
    super("test:index:Birth", name, {});
  }
}

function machine(index: number, more: Partial<Machine> = {}): Machine {
  const address = `10.213.7.${10 + index}`;
  const connection = pulumi.secret({ host: address, hostKey: "ssh-ed25519 AAAA", privateKey: "private" });
  return { name: `node-${index}`, index, address, connection, ready: [], ...more };
}

function argsFor(workers: number): KubeadmClusterArgs {
  const machines = Array.from({ length: workers + 1 }, (_, index) => {
    const resource = new Birth(`node-${index}-machine`);
    return machine(index, { resource, ready: [resource] });
  });
  return {
    clusterName: "dev",
    controlPlane: machines[0]!,
    workers: machines.slice(1),
    kubernetesVersion: "1.34.4",
    cgroupDriver: "cgroupfs",
    failSwapOn: false,
  };
}

const settled = <T>(output: pulumi.Input<T>): Promise<T> =>
  new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value as T)));

async function made(workers: number, change: Partial<KubeadmClusterArgs> = {}): Promise<KubeadmCluster> {
  const cluster = new KubeadmCluster("cluster", { ...argsFor(workers), ...change });
  for (const resource of cluster.ready) await settled(resource.urn);
  await settled(cluster.kubeconfig);
  return cluster;
}

const textOf = (value: unknown): string => {
  const held = value as Record<string, unknown>;
  return typeof value === "string" ? value : String(held.value);
};

const inputLines = (name: string): Record<string, string> => {
  const text = textOf(registered[name]?.inputs.stdin).split("exit $?\n").at(-1) ?? "";
  return Object.fromEntries(
    text
      .trimEnd()
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
};

describe("a kubeadm cluster", () => {
  const ADDONS = [
    "cluster-coredns-account",
    "cluster-coredns-binding",
    "cluster-coredns-config",
    "cluster-coredns-deployment",
    "cluster-coredns-role",
    "cluster-coredns-service",
    "cluster-kube-proxy-account",
    "cluster-kube-proxy-binding",
    "cluster-kube-proxy-config",
    "cluster-kube-proxy-daemonset",
  ];
  const workerParts = (name: string) => [
    `cluster-${name}-drain`,
    `cluster-${name}-join`,
    `cluster-${name}-join-secret`,
    `cluster-${name}-join-token`,
    `cluster-${name}-node`,
  ];
  const children = () =>
    Object.keys(registered)
      .filter((name) => registered[name]?.parent === "cluster")
      .sort();

  test("of one machine is one command, an id, a provider and the add-ons", async () => {
    const cluster = await made(0);
    expect(children()).toEqual(["cluster-control-plane", ...ADDONS, "cluster-id", "cluster-provider"].sort());
    expect(cluster.nodes).toEqual(["node-0"]);
    expect(registered.cluster?.type).toBe("ofwasm:index:KubeadmCluster");
  });

  test("has five resources for each worker, and one command on it", async () => {
    await made(2);
    expect(children()).toEqual(
      [
        "cluster-control-plane",
        ...ADDONS,
        "cluster-id",
        "cluster-provider",
        ...workerParts("node-1"),
        ...workerParts("node-2"),
      ].sort(),
    );
  });

  test("another worker changes no input of what is there", async () => {
    await made(0);
    const alone = registered;
    registered = {};
    await made(1);
    const before = registered;
    registered = {};
    await made(2);
    expect(registered["cluster-control-plane"]?.inputs).toEqual(alone["cluster-control-plane"]?.inputs);
    const onMachines = ["cluster-control-plane", ...workerParts("node-1"), "cluster-provider"];
    for (const name of onMachines) expect(registered[name]?.inputs).toEqual(before[name]?.inputs);
  });

  test("a worker joins after its node and its token are declared, and after its machine", async () => {
    await made(1);
    expect(registered["cluster-node-1-join"]?.dependsOn).toEqual(
      expect.arrayContaining(["node-1-machine", "cluster-node-1-node", "cluster-node-1-join-token"]),
    );
    expect(inputLines("cluster-node-1-join")).toMatchObject({
      endpoint: "10.213.7.10:6443",
      ca_cert: "Q0E=",
      token: `${tokenId("dev", "node-1")}.0123456789abcdef`,
      node_pod_cidr: "10.244.1.0/24",
      role: "worker",
    });
  });

  test("empties a worker before anything of it goes, and no node of a cluster that goes as a whole", async () => {
    await made(1, { drainSeconds: 40 });
    const drain = registered["cluster-node-1-drain"]!;
    expect(drain).toMatchObject({
      type: "command:local:Command",
      deletedWith: "node-0-machine",
      // Whatever replaced it would drain a node that stays.
      replaceWith: [],
      replacementTrigger: undefined,
      deleteBeforeReplace: false,
    });
    expect(drain.dependsOn).toContain("cluster-node-1-join");
    expect(drain.inputs).toMatchObject({ delete: "ofwasm-drain", stdin: SECRET });
    expect(drain.inputs).not.toHaveProperty("create");
    expect(drain.inputs).not.toHaveProperty("triggers");
    expect(JSON.parse(textOf(drain.inputs.stdin))).toEqual({
      kubeconfig: "server: https://10.213.7.10:6443",
      node: "node-1",
      timeoutSeconds: 40,
    });
    expect(Object.keys(registered).filter((name) => name.endsWith("-drain"))).toEqual(["cluster-node-1-drain"]);
  });

  test("is known to its machines by an id that is made once, and to the provider by its name", async () => {
    await made(1);
    for (const name of ["cluster-control-plane", "cluster-node-1-join"])
      expect(inputLines(name)).toMatchObject({ cluster_id: "0123456789abcdef", cluster_name: "dev" });
    expect(registered["cluster-id"]).toMatchObject({ ignoreChanges: ["*"], secretOutputs: [], replaceWith: [] });
    expect(registered["cluster-provider"]?.inputs).toMatchObject({ clusterIdentifier: "dev" });
    const run = () => execFileSync("node", ["-e", CLUSTER_ID_PROGRAM], { encoding: "utf8" });
    expect(run()).toMatch(/^[0-9a-f]{16}$/);
    expect(run()).not.toBe(run());
  });

  test("objects in the cluster use its provider, and come and go with the control plane's machine", async () => {
    await made(1);
    for (const name of [...ADDONS, "cluster-node-1-join-token"]) {
      expect(registered[name]).toMatchObject({
        provider: "cluster-provider",
        deletedWith: "node-0-machine",
        replaceWith: ["node-0-machine"],
        deleteBeforeReplace: false,
      });
    }
    const both = { replaceWith: ["node-1-machine", "node-0-machine"] };
    expect(registered["cluster-node-1-join-secret"]).toMatchObject(both);
    expect(registered["cluster-node-1-node"]).toMatchObject({
      ...both,
      deletedWith: "node-0-machine",
      deleteBeforeReplace: true,
    });
    expect(registered["cluster-node-1-join"]?.deletedWith).toBe("node-1-machine");
    expect(registered["cluster-control-plane"]?.deletedWith).toBe("node-0-machine");
  });

  test("on machines that outlive it, objects go with the control plane and follow its host key", async () => {
    const machines = [0, 1].map((index) =>
      machine(index, { connection: pulumi.secret({ host: "h", hostKey: `key ${index}`, privateKey: "private" }) }),
    );
    const cluster = new KubeadmCluster("cluster", {
      ...argsFor(0),
      controlPlane: machines[0]!,
      workers: machines.slice(1),
    });
    for (const resource of cluster.ready) await settled(resource.urn);
    for (const name of [...ADDONS, "cluster-node-1-join-token"]) {
      expect(registered[name]).toMatchObject({
        deletedWith: "cluster-control-plane",
        replaceWith: [],
        replacementTrigger: "key 0",
        deleteBeforeReplace: true,
      });
    }
    for (const name of ["cluster-node-1-node", "cluster-node-1-join-secret"])
      expect(registered[name]?.replacementTrigger).toEqual(["key 1", "key 0"]);
    expect(registered["cluster-node-1-join"]).toMatchObject({ deletedWith: "", replaceWith: [] });
  });

  test("keeps its secrets secret", async () => {
    const cluster = await made(1);
    expect(await pulumi.isSecret(cluster.kubeconfig)).toBe(true);
    expect(registered["cluster-control-plane"]?.secretOutputs).toContain("stdout");
    expect(registered["cluster-node-1-join-secret"]?.secretOutputs).toContain("stdout");
    for (const name of ["cluster-control-plane", "cluster-node-1-join"]) {
      expect(registered[name]?.inputs).toMatchObject({ connection: SECRET, logging: "none" });
      expect(JSON.stringify(registered[name]?.inputs.create)).not.toMatch(/private|0123456789abcdef/);
    }
    expect(registered["cluster-node-1-join"]?.inputs.stdin).toMatchObject(SECRET);
  });

  test("of machines on different links adds flannel, and says where each machine is reached", async () => {
    await made(1, { network: "overlay" });
    const flannel = ["account", "binding", "config", "daemonset", "role"].map((part) => `cluster-flannel-${part}`);
    const expected = [
      "cluster-control-plane",
      ...ADDONS,
      ...flannel,
      "cluster-id",
      "cluster-provider",
      ...workerParts("node-1"),
    ];
    expect(children()).toEqual(expected.sort());
    expect(registered["cluster-node-1-node"]?.inputs).toMatchObject({
      metadata: { annotations: { "flannel.alpha.coreos.com/node-public-ip": "10.213.7.11" } },
    });
    for (const name of ["cluster-control-plane", "cluster-node-1-join"])
      expect(inputLines(name)).toMatchObject({ network: "overlay" });
    const before = registered;
    registered = {};
    await made(2, { network: "overlay" });
    for (const name of ["cluster-control-plane", ...flannel, ...workerParts("node-1")])
      expect(registered[name]?.inputs).toEqual(before[name]?.inputs);
  });

  test("of machines on one link has no flannel", async () => {
    await made(1);
    expect(children().filter((name) => name.includes("flannel"))).toEqual([]);
    expect(registered["cluster-node-1-node"]?.inputs).not.toHaveProperty("metadata.annotations");
    expect(inputLines("cluster-control-plane")).toMatchObject({ network: "l2" });
  });

  test("gives the program the address that it can reach", async () => {
    const cluster = new KubeadmCluster("cluster", { ...argsFor(0), apiHost: "api.example.org" });
    expect(await settled(cluster.kubeconfig)).toBe("server: https://api.example.org:6443");
  });

  test("keeps pods off the control plane when asked to", async () => {
    const configOf = () => Buffer.from(inputLines("cluster-control-plane").kubeadm_config ?? "", "base64").toString();
    await made(1);
    expect(configOf()).toContain("taints: []");
    registered = {};
    const cluster = new KubeadmCluster("cluster", { ...argsFor(1), controlPlaneRunsPods: false });
    await settled(cluster.kubeconfig);
    expect(configOf()).not.toContain("taints");
  });
});

test("what a token is made of", () => {
  const { secret, expires } = JSON.parse(execFileSync("node", ["-e", joinSecretProgram(2)], { encoding: "utf8" }));
  expect(secret).toMatch(/^[a-z0-9]{16}$/);
  expect(Math.abs(Date.parse(expires) - Date.now() - 7_200_000)).toBeLessThan(60_000);
  expect(tokenId("dev", "node-1")).toMatch(/^[a-z0-9]{6}$/);
  expect(tokenId("dev", "node-1")).not.toBe(tokenId("dev", "node-2"));
});

test("every wrong argument is named at once", () => {
  const problems = clusterProblems({
    clusterName: "Dev_1",
    controlPlane: machine(0),
    workers: [machine(0), machine(300)],
    kubernetesVersion: "1.99.1",
    podCidr: "10.96.0.0/16",
    serviceCidr: "10.96.0.0/12",
    artifacts: [{ name: "kubelet", url: "ftp://x", sha256: "0" }],
    joinTokenHours: 0,
    drainSeconds: 0,
  });
  expect(problems.map(({ propertyPath }) => propertyPath).sort()).toEqual([
    "artifacts",
    "artifacts",
    "clusterName",
    "drainSeconds",
    "joinTokenHours",
    "kubernetesVersion",
    "podCidr",
    "workers",
  ]);
});

test("a cluster of somebody else gives the same outputs", async () => {
  const cluster = new ExistingCluster("cluster", { clusterName: "theirs", kubeconfig: "kind: Config" });
  await settled(cluster.provider.urn);
  expect(await pulumi.isSecret(cluster.kubeconfig)).toBe(true);
  expect(registered["cluster-provider"]?.inputs).toMatchObject({ clusterIdentifier: "theirs" });
});
