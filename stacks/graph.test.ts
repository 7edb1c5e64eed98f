import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { planNetwork } from "../components/node-pool";
import type { Artifacts } from "../infra/artifacts";
import { rawSettings } from "../infra/engine/stack-files";
import { protectData } from "../infra/production";
import { parseSettings, type Settings } from "../infra/settings";
import { testImage, testPayload } from "../tests/support/artifacts";
import { type Declared, reaches, recordGraph, settled } from "../tests/support/graph";
import { dev } from "./dev";
import { ssh } from "./ssh";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-graph-"));
  for (const name of ["payload.tar.gz", "image.tar"]) writeFileSync(join(folder, name), name);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEYS = JSON.stringify({ privateKey: "PRIVATE", publicKey: "ssh-ed25519 AAAA" });
const PROOF = JSON.stringify({
  provedAt: "2026-01-02T03:04:05Z",
  payloadDigest: "sha256:abc",
  versions: { crun: "1.21", wasmedge: "0.14.1", containerd: "1.7.24", crictl: "1.34.0" },
});
const CONTROL_PLANE = JSON.stringify({
  kubeconfig: Buffer.from("apiVersion: v1").toString("base64"),
  caCert: Buffer.from("CA").toString("base64"),
});
const JOIN = JSON.stringify({ secret: "0123456789abcdef", expires: "2030-01-01T00:00:00Z" });

function stdoutOf({ name }: { name: string }): Record<string, unknown> {
  if (name.endsWith("-keys")) return { stdout: KEYS };
  if (name.endsWith("-transaction")) return { stdout: PROOF };
  if (name.endsWith("-control-plane")) return { stdout: CONTROL_PLANE };
  if (name.endsWith("-cluster-id")) return { stdout: "0123456789abcdef" };
  if (name.endsWith("-join-secret")) return { stdout: JOIN };
  return {};
}

const stored = (name: string, digest: string) => testImage(folder, name, digest);

function artifacts({ sample, sampleLane, daprSample, sampleBuild }: Settings, flannel: boolean): Artifacts {
  return {
    localMachines: { network: planNetwork("10.213.7.0/24"), image: "/image" },
    payload: testPayload(folder),
    ...(sample && sampleLane === "direct" && sampleBuild === undefined ? { sample: stored("http-server", "abc") } : {}),
    ...(sample && sampleBuild !== undefined ? { sampleBuild: { folder: sampleBuild, ...buildImages() } } : {}),
    ...(daprSample ? { daprSample: { image: stored("dapr-state", "abd"), daprd: stored("daprd", "abe") } } : {}),
    ...(flannel ? { flannel: stored("flannel", "def") } : {}),
  };
}

const buildImages = () => ({
  buildah: stored("buildah", "abf"),
  registry: stored("registry", "ac0"),
  rust: { ...stored("rust", "ac1"), rustTag: "def" },
});

function settingsWith(change: Record<string, string>): Settings {
  const raw = rawSettings(join(__dirname, ".."));
  return parseSettings({ ...raw, ...change });
}

const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "config", namespace: "layer" } };
const CHARTS = { tekton: [config], shipwright: [config] };

async function declared(composition: typeof dev, change: Record<string, string> = {}): Promise<Map<string, Declared>> {
  const graph = recordGraph(stdoutOf);
  const settings = settingsWith(change);
  const flannel = composition.needs.includes("flannel") && settings.network === "overlay";
  const charts = settings.platform.length > 0 ? { charts: CHARTS } : {};
  const made = { ...artifacts(settings, flannel), ...charts };
  const declare = (): Record<string, unknown> => composition.declare({ stack: "dev", settings, artifacts: made });
  // As infra/index.ts does it, which has a stack to do it for.
  const protectedly = async (): Promise<Record<string, unknown>> => {
    protectData();
    return declare();
  };
  const outputs = settings.production ? await pulumi.runtime.runInPulumiStack(protectedly) : declare();
  await settled(outputs);
  await pulumi.runtime.disconnect();
  return graph;
}

/** What a resource is deleted with; children inherit it, which the engine sees to. */
function goesWith(graph: Map<string, Declared>, name: string): string {
  const { deletedWith, parent } = graph.get(name)!;
  return deletedWith !== "" || parent === "" ? deletedWith : goesWith(graph, parent);
}

describe("the dev stack", () => {
  test("has the components from machine to function", async () => {
    const types = [...(await declared(dev)).values()].map(({ type }) => type);
    for (const type of ["LocalNodePool", "NodeRuntime", "KubeadmCluster", "WasmRuntime", "WasmFunction"])
      expect(types).toContain(`ofwasm:index:${type}`);
  });

  test("puts every resource that is not a component or a namespace under a component", async () => {
    const orphans = [...(await declared(dev)).values()].filter(
      ({ type, parent }) => parent === "" && !type.startsWith("ofwasm:") && !type.endsWith(":Namespace"),
    );
    expect(orphans).toEqual([]);
  });

  test("protects in production what holds data, and nothing that a run makes again", async () => {
    const kept = (graph: Map<string, Declared>): string[] =>
      [...graph.values()].flatMap(({ name, protect }) => (protect ? name : [])).sort();
    expect(kept(await declared(dev, { nodes: "2" }))).toEqual([]);
    expect(kept(await declared(dev, { nodes: "2", production: "true", platform: "tekton" }))).toEqual([
      "dev-0-machine",
      "dev-client-keys",
      "dev-cluster-control-plane",
      "dev-cluster-id",
      "dev-functions",
      "dev-platform-tekton:tekton-pipelines",
    ]);
  });

  test("goes from machine to proof to cluster to class to function", async () => {
    const graph = await declared(dev, { nodes: "2" });
    expect(reaches(graph, "dev-0-runtime-transaction")).toContain("dev-0-machine");
    expect(reaches(graph, "dev-cluster-control-plane")).toContain("dev-0-runtime-transaction");
    expect(reaches(graph, "dev-cluster-dev-1-join")).toContain("dev-1-runtime-transaction");
    expect(reaches(graph, "dev-wasm-dev-1")).toContain("dev-cluster-dev-1-join");
    expect(reaches(graph, "dev-wasm-dev-1")).toContain("dev-1-runtime-transaction");
    const deployment = reaches(graph, "http-server-deployment");
    for (const before of [
      "dev-wasm-class",
      "dev-wasm-dev-1",
      "dev-cluster-coredns-deployment",
      "dev-1-http-server-import",
    ])
      expect(deployment).toContain(before);
  });

  test("has the build layers on request, after what lets their pods run, and they go with the cluster", async () => {
    expect([...(await declared(dev)).keys()].filter((name) => name.startsWith("dev-platform"))).toEqual([]);
    const graph = await declared(dev, { platform: "build" });
    expect(reaches(graph, "dev-platform-buildStrategy:wasmedge")).toContain("dev-platform-tekton:layer/config");
    expect(reaches(graph, "dev-platform-tekton:layer/config")).toContain("dev-cluster-coredns-deployment");
    expect(goesWith(graph, "dev-platform-buildStrategy:wasmedge")).toBe("dev-0-machine");
  });

  test("touches a machine with two copies and three commands at most", async () => {
    const graph = await declared(dev, { nodes: "3" });
    for (const machine of ["dev-0", "dev-1", "dev-2"]) {
      const own = [...graph.values()].filter(
        ({ type, name }) => type.startsWith("command:remote:") && name.includes(machine),
      );
      const control = machine === "dev-0" ? 1 : 0;
      expect(own.filter(({ type }) => type.endsWith("CopyToRemote"))).toHaveLength(2);
      expect(own.filter(({ type }) => type.endsWith("Command")).length + control).toBe(3);
    }
  });

  test("changes no input of a machine's commands when another machine is added", async () => {
    const one = await declared(dev, { nodes: "1" });
    const three = await declared(dev, { nodes: "3" });
    const before = [...one.values()].filter(({ type }) => type.startsWith("command:"));
    expect(before.length).toBeGreaterThan(5);
    for (const { name, inputs } of before) {
      expect([name, JSON.stringify(three.get(name)?.inputs)]).toEqual([name, JSON.stringify(inputs)]);
    }
  });

  describe("that changes the runtime of its machines", () => {
    const HOSTS = [0, 1, 2].map((index) => ({
      name: `vm-${index}`,
      address: `192.0.2.${index + 1}`,
      hostKey: "ssh-ed25519 AAAA",
    }));
    /** Machines whose transaction a machine's own waits for, directly. */
    const waits = (graph: Map<string, Declared>, machine: string): string[] =>
      (graph.get(`${machine}-runtime-transaction`)?.dependsOn ?? []).filter((name) => name.endsWith("-transaction"));

    test("goes from the first machine to the last, and copies the payload to all at once", async () => {
      const graph = await declared(dev, { nodes: "3" });
      expect(["dev-0", "dev-1", "dev-2"].map((machine) => waits(graph, machine))).toEqual([
        [],
        ["dev-0-runtime-transaction"],
        ["dev-1-runtime-transaction"],
      ]);
      expect([...reaches(graph, "dev-2-runtime-payload")].filter((name) => /^dev-[01]-/.test(name))).toEqual([]);
      expect([...reaches(graph, "dev-cluster-control-plane")].filter((name) => /^dev-[12]-/.test(name))).toEqual([]);
    });

    test("begins with the canary, and takes as many at once as the settings allow", async () => {
      const graph = await declared(dev, { nodes: "4", canary: "dev-2", maxUnavailable: "50%" });
      expect(["dev-2", "dev-0", "dev-1", "dev-3"].map((machine) => waits(graph, machine))).toEqual([
        [],
        ["dev-2-runtime-transaction"],
        ["dev-2-runtime-transaction"],
        ["dev-0-runtime-transaction"],
      ]);
    });

    test("refuses a canary that is no machine", async () => {
      await expect(declared(dev, { nodes: "2", canary: "dev-9" })).rejects.toThrow(
        "canary = dev-9: allowed is one of dev-0, dev-1, or nothing",
      );
      await pulumi.runtime.disconnect();
    });

    test("changes nothing of the others when a machine in the middle goes and they keep their numbers", async () => {
      const onMachines = async (hosts: object[]): Promise<Map<string, string>> => {
        const graph = await declared(ssh, { hosts: JSON.stringify(hosts), sshAgent: "true" });
        const own = [...graph.values()].filter(({ name }) => /-(payload|transaction|join|node|drain)$/.test(name));
        return new Map(own.map(({ name, inputs }) => [name, JSON.stringify(inputs)]));
      };
      const three = await onMachines(HOSTS);
      const two = await onMachines([HOSTS[0]!, { ...HOSTS[2]!, number: 2 }]);
      expect(two.size).toBe(7);
      for (const [name, inputs] of two) expect([name, inputs]).toEqual([name, three.get(name)]);
    });
  });

  test("deletes nothing inside a cluster whose machine goes too", async () => {
    const graph = await declared(dev, { nodes: "2" });
    const objects = [...graph.values()].filter(({ type }) => type.startsWith("kubernetes:"));
    expect(objects.length).toBeGreaterThan(15);
    for (const { name } of objects) expect([name, goesWith(graph, name)]).toEqual([name, "dev-0-machine"]);
  });

  test("makes everything inside the cluster again when the machine under it is another one", async () => {
    const graph = await declared(dev, { nodes: "2" });
    const objects = [...graph.values()].filter(({ type }) => type.startsWith("kubernetes:"));
    for (const { name, replaceWith } of objects)
      expect([name, replaceWith]).toEqual([name, expect.arrayContaining(["dev-0-machine"])]);
    const components = [...graph.values()].filter(({ type }) => type.startsWith("ofwasm:"));
    expect(components.filter(({ replaceWith }) => replaceWith.length > 0)).toEqual([]);
  });

  describe("that builds its sample in the cluster", () => {
    const source = join(__dirname, "../samples/http-server");

    test("goes from registry to build to function, and a build has what it needs", async () => {
      const graph = await declared(dev, { sampleBuild: source });
      const build = reaches(graph, "http-server-build-job");
      for (const before of [
        "dev-registry-deployment",
        "dev-registry-dev-0-hosts",
        "dev-0-buildah-import",
        "dev-function-builds-login",
        "dev-cluster-coredns-deployment",
      ])
        expect(build).toContain(before);
      const served = reaches(graph, "http-server-deployment");
      expect(served).toContain("http-server-build-job");
      expect(served).toContain("dev-functions-login");
      const image = (graph.get("http-server-deployment")?.inputs as never as { spec: { template: { spec: PodSpec } } })
        .spec;
      expect(image.template.spec).toMatchObject({
        imagePullSecrets: [{ name: "registry-login" }],
        containers: [
          { image: expect.stringMatching(/^registry\.images\.svc\.cluster\.local:5000\/http-server:[0-9a-f]{16}$/) },
        ],
      });
    });

    test("has the images of registry and build on one machine, and tells all where the registry is", async () => {
      const graph = await declared(dev, { sampleBuild: source, nodes: "3" });
      const on = (suffix: string): string[] => [...graph.keys()].filter((name) => name.endsWith(suffix));
      for (const name of ["buildah", "registry", "rust"])
        expect(on(`-${name}-import`)).toEqual([`dev-0-${name}-import`]);
      expect(on("-hosts")).toEqual([0, 1, 2].map((index) => `dev-registry-dev-${index}-hosts`));
      expect(on("-http-server-import")).toEqual([]);
      const elsewhere = { sampleBuild: source, nodes: "2", functionsOnControlPlane: "false" };
      expect([...(await declared(dev, elsewhere)).keys()]).toContain("dev-1-rust-import");
    });

    test("goes with the cluster as a whole", async () => {
      const graph = await declared(dev, { sampleBuild: source });
      for (const name of ["http-server-build-job", "dev-registry-deployment", "dev-functions-login"])
        expect([name, goesWith(graph, name)]).toEqual([name, "dev-0-machine"]);
    });
  });

  test("without the sample there is no function and no image", async () => {
    const names = [...(await declared(dev, { sample: "false" })).keys()];
    expect(names.filter((name) => name.includes("http-server"))).toEqual([]);
  });
});

describe("the sample with a sidecar", () => {
  test("comes on request, beside http-server or without it, after both of its images", async () => {
    const names = [...(await declared(dev)).keys()];
    expect(names.filter((name) => /dapr/.test(name))).toEqual([]);
    for (const sample of ["true", "false"]) {
      const graph = await declared(dev, { daprSample: "true", sample, nodes: "2" });
      expect(graph.has("http-server-deployment")).toBe(sample === "true");
      const deployment = reaches(graph, "dapr-state-deployment");
      for (const before of ["dev-wasm-class", "dev-1-dapr-state-import", "dev-0-daprd-import"])
        expect(deployment).toContain(before);
    }
  });

  test("has Dapr's container in the function's pods alone, as tightly shut as the module's", async () => {
    const graph = await declared(dev, { daprSample: "true" });
    const pod = (name: string): PodSpec => {
      const { spec } = graph.get(`${name}-deployment`)!.inputs as { spec: { template: { spec: PodSpec } } };
      return spec.template.spec;
    };
    expect(pod("http-server").containers.map(({ name }) => name)).toEqual(["function"]);
    const { containers, securityContext } = pod("dapr-state");
    expect(containers.map(({ name, image }) => [name, image])).toEqual([
      ["function", "ofwasm.local/dapr-state:abd"],
      ["daprd", "ofwasm.local/daprd:abe"],
    ]);
    expect(containers[1]!.securityContext).toEqual(containers[0]!.securityContext);
    expect(containers[1]!.lifecycle).toEqual(containers[0]!.lifecycle);
    expect(containers[1]!.args).toContain("--app-id=dapr-state");
    const port = containers[0]!.env?.find(({ name }) => name === "DAPR_HTTP_PORT")?.value;
    expect(containers[1]!.args).toContain(`--dapr-http-port=${port}`);
    expect(securityContext).toMatchObject({ runAsNonRoot: true });
  });
});

describe("the sample in a lane of the platform", () => {
  const REPOSITORY = "https://git.example.org/fork";
  const PREFIX = "registry.example.org:5000/team";
  const LOGIN = { registryUsername: "robot", registryPassword: "a-word-of-its-own" };
  const built = {
    imagePrefix: PREFIX,
    sampleRepository: `${REPOSITORY}#v1`,
    platform: "build",
    platformExisting: "gatewayApi,contour,knative,openfunction",
  };
  const openfunction = { ...built, sampleLane: "openfunction" };
  const knative = { ...built, sampleLane: "knative" };

  // Older releases of OpenFunction crash on what the stack's own takes: the warning of that.
  beforeEach(() => {
    jest.spyOn(console, "warn").mockImplementation(() => {});
  });
  afterEach(() => jest.restoreAllMocks());

  /** Names of the objects of a kind of the platform, by resource. */
  const ofKind = (graph: Map<string, Declared>, kind: string): string[] =>
    [...graph.values()].filter(({ type }) => type.endsWith(`:${kind}`)).map(({ name }) => name);

  test("is two Functions in the lane openfunction: what is built, and what serves it", async () => {
    const graph = await declared(dev, openfunction);
    const image = `${PREFIX}/http-server:0.1.0`;
    expect(ofKind(graph, "Function")).toEqual(["http-server-build-function", "http-server-function"]);
    expect(graph.get("http-server-build-function")?.inputs).toMatchObject({
      apiVersion: "core.openfunction.io/v1beta2",
      metadata: { name: "http-server-build", namespace: "functions" },
      spec: {
        workloadRuntime: "wasmedge",
        image,
        build: {
          dockerfile: "Dockerfile",
          srcRepo: { url: REPOSITORY, revision: "v1", sourceSubPath: "samples/http-server" },
          shipwright: { strategy: { name: "wasmedge", kind: "ClusterBuildStrategy" } },
        },
      },
    });
    expect(graph.get("http-server-build-function")?.inputs).not.toHaveProperty("spec.serving");
    expect(graph.get("http-server-function")?.inputs).toMatchObject({
      metadata: { name: "http-server", namespace: "functions" },
      spec: {
        workloadRuntime: "wasmedge",
        image,
        serving: {
          annotations: { "module.wasm.image/variant": "compat-smart" },
          scaleOptions: { minReplicas: 0, maxReplicas: 10 },
          template: {
            runtimeClassName: "openfunction-crun",
            containers: [
              {
                name: "function",
                command: ["/wasmedge_hyper_server.wasm"],
                livenessProbe: { tcpSocket: { port: 8080 }, initialDelaySeconds: 3, periodSeconds: 30 },
              },
            ],
          },
          triggers: {
            http: { port: 8080, route: { rules: [{ matches: [{ path: { type: "PathPrefix", value: "/echo" } }] }] } },
          },
        },
      },
    });
    expect(graph.get("http-server-function")?.inputs).not.toHaveProperty("spec.build");
  });

  test("is a build and a Service of Knative in the lane knative", async () => {
    const graph = await declared(dev, knative);
    expect(ofKind(graph, "Build")).toEqual(["http-server-build-build"]);
    expect(ofKind(graph, "BuildRun")).toEqual(["http-server-build-build-run"]);
    expect(graph.get("http-server-service")).toMatchObject({
      type: "kubernetes:serving.knative.dev/v1:Service",
      inputs: {
        spec: {
          template: {
            metadata: {
              annotations: {
                "module.wasm.image/variant": "compat-smart",
                "autoscaling.knative.dev/min-scale": "0",
                "autoscaling.knative.dev/max-scale": "10",
              },
            },
            spec: {
              runtimeClassName: "openfunction-crun",
              containers: [{ name: "function", image: `${PREFIX}/http-server:0.1.0` }],
            },
          },
        },
      },
    });
    expect(ofKind(graph, "Function")).toEqual([]);
  });

  test.each([
    ["knative", "http-server-build-build", "http-server-build-build-run", "http-server-service"],
    ["openfunction", "http-server-build-function", "http-server-build-function", "http-server-function"],
  ])("comes after the platform, and is served after it was built: %s", async (sampleLane, first, last, served) => {
    const graph = await declared(dev, { ...built, sampleLane });
    for (const before of [
      "dev-platform-buildStrategy:wasmedge",
      "dev-platform-shipwright:layer/config",
      "dev-wasm-class",
      "dev-cluster-coredns-deployment",
    ])
      expect(reaches(graph, first)).toContain(before);
    expect(reaches(graph, served)).toContain(last);
    for (const name of [first, served]) expect(goesWith(graph, name)).toBe("dev-0-machine");
  });

  test("has a namespace that admits the lane's pods, and nothing of the lane direct", async () => {
    const level = async (change: Record<string, string>): Promise<unknown> =>
      (await declared(dev, change)).get("dev-functions")?.inputs;
    const labelled = (value: string) => ({ metadata: { labels: { "pod-security.kubernetes.io/enforce": value } } });
    for (const lane of [knative, openfunction]) expect(await level(lane)).toMatchObject(labelled("baseline"));
    expect(await level({})).toMatchObject(labelled("restricted"));
    const names = [...(await declared(dev, openfunction)).keys()];
    expect(names.filter((name) => /http-server-(deployment|import)$/.test(name))).toEqual([]);
  });

  test("is only served where no repository is named", async () => {
    const graph = await declared(dev, { ...openfunction, sampleRepository: "" });
    expect(ofKind(graph, "Function")).toEqual(["http-server-function"]);
    expect([...graph.keys()].filter((name) => name.startsWith("http-server-build"))).toEqual([]);
  });

  test("rolls for another revision under the same tag", async () => {
    const specOf = async (revision: string): Promise<unknown> =>
      (await declared(dev, { ...openfunction, sampleRepository: `${REPOSITORY}#${revision}` })).get(
        "http-server-function",
      )?.inputs.spec;
    expect(await specOf("v2")).not.toEqual(await specOf("v1"));
    expect(await specOf("v1")).toEqual(await specOf("v1"));
  });

  test("is waited for and asked from inside the cluster, unless the platform is not waited for", async () => {
    const annotations = (graph: Map<string, Declared>): unknown =>
      (graph.get("http-server-function")?.inputs.metadata as { annotations: unknown }).annotations;
    const ready = await declared(dev, openfunction);
    expect(annotations(ready)).toMatchObject({ "pulumi.com/waitFor": "jsonpath={.status.serving.state}=Running" });
    expect(JSON.stringify(ready.get("http-server-verify")?.inputs)).toContain(
      '"value":"http://http-server.functions.svc.cluster.local/echo"',
    );
    expect(reaches(ready, "http-server-verify")).toContain("http-server-function");
    const none = await declared(dev, { ...openfunction, platformAwait: "none" });
    expect(annotations(none)).toMatchObject({ "pulumi.com/skipAwait": "true" });
    expect(none.has("http-server-verify")).toBe(false);
  });

  test.each([
    ["knative", knative],
    ["openfunction", openfunction],
  ])("has its login in Secrets of the functions' namespace alone: %s", async (_, lane) => {
    const graph = await declared(dev, { ...lane, ...LOGIN });
    const words = [LOGIN.registryPassword, Buffer.from(`robot:${LOGIN.registryPassword}`).toString("base64")];
    const holders = [...graph.values()].filter(({ inputs }) =>
      words.some((word) => JSON.stringify(inputs).includes(word)),
    );
    expect(holders.map(({ name, type }) => [name, type])).toEqual([
      ["http-server-build-registry", "kubernetes:core/v1:Secret"],
      ["http-server-registry", "kubernetes:core/v1:Secret"],
    ]);
    for (const { inputs } of holders) {
      expect(inputs).toMatchObject({ metadata: { namespace: "functions" }, type: "kubernetes.io/dockerconfigjson" });
      // Sealed as a whole before the engine gets it.
      expect(Object.keys(inputs.stringData as object)).toContain(pulumi.runtime.specialSigKey);
    }
    expect([...(await declared(dev, lane)).keys()].filter((name) => name.endsWith("-registry"))).toEqual([]);
  });

  test("is told as declared, with the address that it has", async () => {
    recordGraph(stdoutOf);
    const settings = settingsWith(openfunction);
    const made = { ...artifacts(settings, false), charts: CHARTS };
    const outputs = dev.declare({ stack: "dev", settings, artifacts: made });
    const [told] = (await settled(outputs.functions)) as Record<string, unknown>[];
    await pulumi.runtime.disconnect();
    expect(told).toMatchObject({
      name: "http-server",
      url: "http://http-server.functions.svc.cluster.local/echo",
      unasked: { state: "Declared", reason: expect.stringContaining("lane openfunction") },
      runtimeClass: "openfunction-crun",
    });
  });
});

/** The part of a pod that is looked at. */
interface PodSpec {
  containers: {
    name: string;
    image: string;
    args?: string[];
    env?: { name: string; value: string }[];
    lifecycle: object;
    securityContext: object;
  }[];
  securityContext: object;
}

const imageOf = (graph: Map<string, Declared>): unknown =>
  JSON.stringify(graph.get("dev-cluster-flannel-daemonset")?.inputs).match(/"image":"([^"]+)"/)?.[1];

describe("an overlay", () => {
  test("of local machines runs on the image that was built here, which is on a machine before it joins", async () => {
    const graph = await declared(dev, { network: "overlay", nodes: "2" });
    expect(imageOf(graph)).toBe("ofwasm.local/flannel:def");
    expect(reaches(graph, "dev-cluster-control-plane")).toContain("dev-0-flannel-import");
    expect(reaches(graph, "dev-cluster-dev-1-join")).toContain("dev-1-flannel-import");
    expect(reaches(graph, "http-server-deployment")).toContain("dev-cluster-flannel-daemonset");
  });

  test("of other machines runs on the image that they pull", async () => {
    const hosts = [{ name: "vm-0", address: "192.0.2.1", hostKey: "ssh-ed25519 AAAA" }];
    const graph = await declared(ssh, { network: "overlay", hosts: JSON.stringify(hosts), sshAgent: "true" });
    expect(imageOf(graph)).toMatch(/^ghcr\.io\/flannel-io\/flannel:v[\d.]+@sha256:[0-9a-f]{64}$/);
    expect([...graph.keys()].filter((name) => name.endsWith("-flannel-import"))).toEqual([]);
  });

  test("changes no input of a machine's commands when another machine is added", async () => {
    const two = await declared(dev, { network: "overlay", nodes: "2" });
    const three = await declared(dev, { network: "overlay", nodes: "3" });
    for (const { name, inputs, type } of two.values())
      if (type.startsWith("command:") || name.includes("flannel"))
        expect([name, JSON.stringify(three.get(name)?.inputs)]).toEqual([name, JSON.stringify(inputs)]);
  });
});

test("the ssh stack differs from dev in where machines come from only", async () => {
  const hosts = [0, 1].map((index) => ({
    name: `vm-${index}`,
    address: `192.0.2.${index + 1}`,
    hostKey: "ssh-ed25519 AAAA",
  }));
  const graph = await declared(ssh, { hosts: JSON.stringify(hosts), sshAgent: "true" });
  expect([...graph.keys()]).toContain("vm-1-runtime-transaction");
  expect(reaches(graph, "http-server-deployment")).toContain("vm-0-runtime-transaction");
  expect([...graph.values()].filter(({ type }) => type === "command:local:Command").map(({ name }) => name)).toEqual([
    "dev-cluster-id",
    "dev-cluster-vm-1-join-secret",
    "dev-cluster-vm-1-drain",
  ]);
});

describe("the ssh stack", () => {
  const hostKey = "ssh-ed25519 AAAA";
  const HOSTS = [
    { name: "vm-0", address: "192.0.2.1", hostKey, privateKey: "own", sudoPassword: "word" },
    { name: "vm-1", address: "192.0.2.2", hostKey, privateKey: "agent" },
    { name: "vm-2", address: "192.0.2.3", hostKey },
  ];
  const SETTINGS = {
    hosts: JSON.stringify(HOSTS),
    sshPrivateKey: "-----BEGIN shared",
    sshSecrets: JSON.stringify({ own: "-----BEGIN own", word: "hunter2", bastion: "-----BEGIN bastion" }),
    sudoPassword: "hunter3",
    bastion: JSON.stringify({ address: "192.0.2.9", hostKey, user: "jump", privateKey: "bastion" }),
  };
  const KUBECONFIG = JSON.stringify({
    clusters: [{ name: "c", cluster: {} }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: {} }],
  });
  const EXISTING = { ...SETTINGS, cluster: "existing", kubeconfig: KUBECONFIG };

  test("logs in to each host as it says, through the bastion, and tells sudo each one's password", async () => {
    const graph = await declared(ssh, SETTINGS);
    const proxy = { host: "192.0.2.9", user: "jump", hostKey, privateKey: "-----BEGIN bastion" };
    const own = [
      ["vm-0", { host: "192.0.2.1", privateKey: "-----BEGIN own" }, "hunter2"],
      ["vm-1", { host: "192.0.2.2" }, "hunter3"],
      ["vm-2", { host: "192.0.2.3", privateKey: "-----BEGIN shared" }, "hunter3"],
    ] as const;
    const remote = [...graph.values()].filter(({ type }) => type.startsWith("command:remote:"));
    expect(remote.length).toBeGreaterThan(9);
    for (const [name, login, password] of own) {
      const { connection, stdin } = secretsOf(graph.get(`${name}-runtime-transaction`)!.inputs);
      expect(connection).toMatchObject({ ...login, proxy });
      expect(Object.keys(connection as object).includes("privateKey")).toBe("privateKey" in login);
      expect(stdin).toContain(`\n${password}\n${password}\n`);
    }
    // Nothing of it in what is shown.
    for (const { inputs } of remote) expect(JSON.stringify(shownOf(inputs))).not.toMatch(/hunter|BEGIN/);
  });

  test("gives nodes of a cluster that is there the runtime and the label, and nothing of Kubernetes' own", async () => {
    const graph = await declared(ssh, EXISTING);
    const ours = [...graph.values()].filter(({ type }) => type.startsWith("ofwasm:")).map(({ type }) => type);
    expect(ours).toContain("ofwasm:index:ExistingCluster");
    expect(ours).not.toContain("ofwasm:index:KubeadmCluster");
    expect([...graph.keys()].filter((name) => /-(join|control-plane|token|coredns|proxy)/.test(name))).toEqual([]);
    expect(reaches(graph, "dev-wasm-vm-2")).toContain("vm-2-runtime-transaction");
    expect(graph.get("dev-wasm-vm-2")?.inputs).toMatchObject({ metadata: { name: "vm-2" } });
    expect(goesWith(graph, "http-server-deployment")).toBe("");
    const { stdin } = secretsOf(graph.get("vm-0-runtime-transaction")!.inputs);
    expect(stdin).toContain("\ncgroup_driver=auto\n");
  });

  test.each<[string, Record<string, string>, string[]]>([
    ["has no hosts", { ...SETTINGS, hosts: "[]" }, ["hosts"]],
    ["has one that no function may run on", oneHost({ functionsOnControlPlane: "false" }), ["functionsOnControlPlane"]],
    ["has one of a cluster that is there", oneHost({ ...EXISTING, functionsOnControlPlane: "false" }), []],
  ])("that %s is told before anything is begun", (_, change, keys) => {
    expect((ssh.problems?.(settingsWith(change), "ssh") ?? []).map(({ key }) => key)).toEqual(keys);
  });

  test("names all that no secret gives", () => {
    const attempt = () => declared(ssh, { ...EXISTING, sshPrivateKey: "", kubeconfig: "" });
    return expect(attempt()).rejects.toThrow(
      /2 settings .*\n {2}sshPrivateKey = \(not set\).*\n {2}kubeconfig = \(not set\)/,
    );
  });

  function oneHost(change: Record<string, string>): Record<string, string> {
    return { ...SETTINGS, ...change, nodes: "2", hosts: JSON.stringify([HOSTS[2]]) };
  }
});

/** How the SDK marks a secret on the wire. */
const SECRET = "4dabf18193072939515e22adb298388d";

const isSecret = (value: unknown): value is { value: unknown } =>
  typeof value === "object" && value !== null && SECRET in value;

/** Inputs with their secrets as they are; and without. */
const secretsOf = (inputs: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, isSecret(value) ? value.value : value]));
const shownOf = (inputs: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(inputs).filter(([, value]) => !isSecret(value)));
