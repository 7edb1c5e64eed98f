import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { Artifacts } from "../infra/artifacts";
import { rawSettings } from "../infra/engine/stack-files";
import { parseSettings, type Settings } from "../infra/settings";
import { testImage, testPayload } from "../tests/support/artifacts";
import { DELIVERED } from "../tests/support/delivery";
import { reaches, recordGraph, settled } from "../tests/support/graph";
import { existing } from "./existing";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-existing-"));
  for (const name of ["payload.tar.gz", "image.tar"]) writeFileSync(join(folder, name), name);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KUBECONFIG = stringify({
  clusters: [{ name: "c", cluster: { server: "https://192.0.2.1:6443" } }],
  users: [{ name: "u", user: { token: "hunter2" } }],
  contexts: ["one", "two"].map((name) => ({ name, context: { cluster: "c", user: "u" } })),
  "current-context": "one",
});

function settingsWith(change: Record<string, string>): Settings {
  const base = { kubeconfig: KUBECONFIG, imagePrefix: "registry.example.org/team" };
  return parseSettings({ ...rawSettings(join(__dirname, "..")), ...base, ...change });
}

async function declared(change: Record<string, string> = {}) {
  const graph = recordGraph(({ name }) => (name.endsWith("-roll") ? { stdout: JSON.stringify([DELIVERED]) } : {}));
  const settings = settingsWith(change);
  const artifacts: Artifacts = {
    payload: testPayload(folder),
    deliveryImage: testImage(folder, "node-runtime", "abc"),
    ...(settings.sample && settings.sampleLane === "direct" ? { sample: testImage(folder, "http-server", "def") } : {}),
  };
  const outputs = (await settled(existing.declare({ stack: "mine", settings, artifacts }))) as {
    functions: { url: string; unasked: { state: string }; runtime: string }[];
    nodes: unknown[];
    kubeconfig: string;
  };
  await pulumi.runtime.disconnect();
  return { graph, outputs };
}

const mistakes = (change: Record<string, string>): string[] =>
  existing.problems!(settingsWith(change), "existing").map(({ key }) => key);

describe("the stack on a cluster that somebody else runs", () => {
  it("goes from the pushed image to the nodes, one by one, to the class and the function", async () => {
    const { graph, outputs } = await declared();
    const function_ = reaches(graph, "http-server-deployment");
    for (const before of [
      "mine-node-runtime-image-push",
      "mine-runtime-roll",
      "mine-wasm-class",
      "mine-http-server-image-push",
    ])
      expect(function_).toContain(before);
    expect(reaches(graph, "mine-runtime-delivery:ofwasm-runtime/node-runtime")).toContain(
      "mine-node-runtime-image-push",
    );
    expect(outputs.nodes).toEqual([DELIVERED]);
    expect(outputs.functions).toMatchObject([
      {
        url: "http://192.0.2.11:30080/echo",
        unasked: { state: "Declared" },
        runtime: "crun 1.21 +WASM:wasmedge 0.14.1",
      },
    ]);
  });

  it("makes no machine, no node and no SSH connection", async () => {
    const { graph } = await declared();
    const types = [...graph.values()].map(({ type }) => type);
    expect(types.filter((type) => /^command:remote|NodePatch|Machine|NodePool/.test(type))).toEqual([]);
    expect(types).toContain("kubernetes:apps/v1:DaemonSet");
  });

  it("hands everybody the context that is named", async () => {
    expect((await declared()).outputs.kubeconfig).toContain("current-context: one");
    expect((await declared({ kubeContext: "two" })).outputs.kubeconfig).toContain("current-context: two");
  });

  it("pulls with the login that it pushes with", async () => {
    const { graph } = await declared({ registryUsername: "robot", registryPassword: "hunter3" });
    const daemonSet = graph.get("mine-runtime-delivery:ofwasm-runtime/node-runtime")!;
    expect(JSON.stringify(daemonSet.inputs)).toContain('"imagePullSecrets":[{"name":"node-runtime-registry"}]');
    expect(graph.has("http-server-registry")).toBe(true);
    const { template } = graph.get("http-server-verify")!.inputs.spec as { template: { spec: object } };
    expect(template.spec).toMatchObject({
      nodeSelector: { "kubernetes.io/arch": expect.any(String) },
      imagePullSecrets: [expect.anything()],
    });
  });

  it("serves the sample through the platform where that is asked for", async () => {
    const { graph } = await declared({ sampleLane: "knative", platformExisting: "knative,contour,gatewayApi" });
    expect(reaches(graph, "http-server-service")).toContain("mine-runtime-roll");
    expect(graph.has("mine-http-server-image-push")).toBe(false);
  });

  it("begins with the node that is named, and has all looked at again for a new value of reconcile", async () => {
    const { graph } = await declared({ canary: "worker-2", reconcile: "2026-01-02" });
    const configMap = [...graph.values()].find(({ name }) => /ofwasm-runtime\/node-runtime-[0-9a-f]+$/.test(name))!;
    const { data } = configMap.inputs as { data: { inputs: string; transaction: string } };
    expect(data.inputs).toMatch(/^canary=worker-2$/m);
    expect(data.transaction).toMatch(/^reconcile=2026-01-02$/m);
    expect(JSON.stringify(graph.get("mine-runtime-roll")!.inputs.stdin)).toContain('\\"canary\\":\\"worker-2\\"');
  });

  it("tells at once what it cannot do", () => {
    expect(mistakes({})).toEqual([]);
    expect(mistakes({ imagePrefix: "", sampleBuild: "samples/http-server", daprSample: "true" })).toEqual([
      "imagePrefix",
      "sampleBuild",
      "daprSample",
    ]);
    expect(mistakes({ maxUnavailable: "50%" })).toEqual(["maxUnavailable"]);
    const settings = settingsWith({ kubeconfig: "" });
    expect(() => existing.declare({ stack: "mine", settings, artifacts: {} })).toThrow(/kubeconfig = \(not set\)/);
  });
});
