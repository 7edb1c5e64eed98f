import * as pulumi from "@pulumi/pulumi";
import { recordGraph, settled } from "../../tests/support/graph";
import { BuildPlatform, type BuildPlatformArgs } from ".";

const object = (kind: string, name: string, rest: object = {}) => ({
  apiVersion: "v1",
  kind,
  metadata: { name },
  ...rest,
});

const tekton = [
  object("ConfigMap", "tekton-config"),
  object("ValidatingWebhookConfiguration", "closed", { webhooks: [{ failurePolicy: "Fail" }] }),
  object("MutatingWebhookConfiguration", "by-default", { webhooks: [{}] }),
  object("ValidatingWebhookConfiguration", "open", { webhooks: [{ failurePolicy: "Ignore" }] }),
];
const shipwright = [object("ConfigMap", "shipwright-config")];

async function declared(args: Partial<BuildPlatformArgs> = {}) {
  const graph = recordGraph();
  const platform = new BuildPlatform("b", { tekton, shipwright, ...args });
  await settled(platform.ready.map(({ urn }) => urn));
  await pulumi.runtime.disconnect();
  return { graph, platform };
}

describe("BuildPlatform", () => {
  it("is Tekton, then Shipwright, then the strategy", async () => {
    const { graph, platform } = await declared();
    expect(platform.withheld).toEqual([]);
    expect(graph.get("b-shipwright:shipwright-config")?.dependsOn).toContain("b-tekton:open");
    expect(graph.get("b-strategy:wasmedge")).toMatchObject({
      type: "kubernetes:shipwright.io/v1alpha1:ClusterBuildStrategy",
    });
    expect(graph.get("b-strategy:wasmedge")?.dependsOn).toContain("b-shipwright:shipwright-config");
    expect([...graph.keys()]).toEqual(
      expect.arrayContaining(["b-tekton:tekton-pipelines", "b-shipwright:shipwright-build"]),
    );
  });

  it("leaves out and names the webhooks that would refuse everything when nothing is waited for", async () => {
    const { graph, platform } = await declared({ await: "none" });
    expect(platform.withheld).toEqual([
      "ValidatingWebhookConfiguration/closed",
      "MutatingWebhookConfiguration/by-default",
    ]);
    expect([...graph.keys()].filter((name) => /closed|by-default|open/.test(name))).toEqual(["b-tekton:open"]);
  });
});
