import type { Engine, Session } from "../../engine/session";
import { admitCluster, ownedNames } from "./admit-cluster";

const noEngine = new Proxy({} as Engine, {
  get: () => {
    throw new Error("the engine was asked");
  },
});

test("without layers nothing is asked and nothing is read", async () => {
  const settings = { platform: [], platformExisting: [] };
  const session = { settings, stack: "dev" } as unknown as Session;
  await expect(admitCluster(session, noEngine)).resolves.toBeUndefined();
});

test("a stack without a state has no cluster to ask", async () => {
  const settings = { platform: ["keda"], platformExisting: [] };
  const nowhere = "/nonexistent/state.json";
  const files = { checkpoint: nowhere, backup: nowhere, kept: nowhere, torn: nowhere };
  await expect(
    admitCluster({ settings, stack: "dev", files } as unknown as Session, noEngine),
  ).resolves.toBeUndefined();
});

test("what the state has of a cluster, by kind and name", () => {
  const definition = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
  const owned = ownedNames([
    `urn:pulumi:dev::p::ofwasm:index:Platform$ofwasm:index:Manifests$${definition}::dev-platform-keda:scaledjobs.keda.sh`,
    "urn:pulumi:dev::p::kubernetes:core/v1:Namespace::functions",
    "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
  ]);
  expect([...owned]).toEqual(["CustomResourceDefinition scaledjobs.keda.sh", "Namespace functions"]);
});
