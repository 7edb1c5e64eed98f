import { setTimeout as sleep } from "node:timers/promises";
import type { CustomKind } from "../../../components/platform";
import type { ControlPlane } from "../../../infra/testing/control-plane";
import { objectsAt, type Properties, textAt } from "../../../infra/toolchain/plugins/kubernetes/values";
import { change, describeWithCluster, live, make, TEST_MS } from "./cluster";
import { ownCommand } from "./own-command";

const COMMAND = "ofwasm-custom-objects";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const kind = (plural: string, kept: string[] = []): CustomKind => ({
  group: "layer.example.org",
  version: "v1",
  plural,
  kept,
});

const collection = (plural: string): string => `/apis/layer.example.org/v1/namespaces/default/${plural}`;

describeWithCluster("custom objects of a layer that goes", (cluster) => {
  beforeAll(async () => {
    for (const [plural, name] of [
      ["routes", "Route"],
      ["pods", "Pod"],
    ] as const)
      await define(cluster(), plural, name);
  }, TEST_MS);

  const add = (plural: string, name: string, metadata: Properties = {}): Promise<Properties> =>
    eventually(() =>
      make(cluster(), collection(plural), {
        apiVersion: "layer.example.org/v1",
        kind: plural === "routes" ? "Route" : "Pod",
        metadata: { name, ...metadata },
      }),
    );

  const names = async (plural: string): Promise<(string | undefined)[]> => {
    const list = await cluster().client.call({ method: "GET", path: collection(plural) });
    return objectsAt(list, "items").map((item) => textAt(item, "metadata", "name"));
  };

  const remove = (kinds: CustomKind[], timeoutSeconds: number, kubeconfig = cluster().kubeconfig) =>
    ownCommand(COMMAND, { kubeconfig, kinds, timeoutSeconds });

  /** Does what a controller does to an object that is to go. */
  async function controller(plural: string, name: string): Promise<void> {
    await eventually(async () => {
      const object = await live(cluster(), `${collection(plural)}/${name}`);
      if (textAt(object, "metadata", "deletionTimestamp") === undefined) throw new Error(`${name} is not asked to go`);
    });
    await change(cluster(), `${collection(plural)}/${name}`, { metadata: { finalizers: null } });
  }

  test(
    "all go but what the layer declares itself and what belongs to that; it waits for the controller and says so",
    async () => {
      const finalizers = ["layer.example.org/held"];
      const route = await add("routes", "user", { finalizers });
      await add("pods", "of-user", { ownerReferences: [ownedBy(route)], finalizers });
      await add("routes", "plain");
      const declared = await add("routes", "declared", { finalizers });
      await add("pods", "of-declared", { ownerReferences: [ownedBy(declared)], finalizers });

      const running = remove([kind("routes", ["default/declared"]), kind("pods"), kind("never-defined")], 60);
      await controller("routes", "user");
      await controller("pods", "of-user");
      const { code, text } = await running;
      expect([code, text]).toEqual([0, expect.stringContaining("2 object(s) deleted while their controllers ran")]);
      expect(text).toContain("routes.layer.example.org default/user: waiting for finalizers: layer.example.org/held");
      expect([await names("routes"), await names("pods")]).toEqual([["declared"], ["of-declared"]]);

      expect(await remove([kind("routes", ["default/declared"]), kind("pods")], 60)).toEqual({ code: 0, text: "" });
      await change(cluster(), `${collection("routes")}/declared`, { metadata: { finalizers: null } });
      await change(cluster(), `${collection("pods")}/of-declared`, { metadata: { finalizers: null } });
    },
    TEST_MS,
  );

  test(
    "an object that nobody lets go is named after the deadline, with what to do; the next run ends what this began",
    async () => {
      await add("routes", "stuck", { finalizers: ["layer.example.org/nobody"] });
      const { code, text } = await remove([kind("routes")], 2);
      expect(code).toBe(1);
      expect(text).toMatch(/^custom objects could not be removed: still there 2 s after their deletion:$/m);
      expect(text).toMatch(/routes\.layer\.example\.org default\/stuck: .*layer\.example\.org\/nobody; is their contr/);
      expect(text).toContain("npm run status");
      await change(cluster(), `${collection("routes")}/stuck`, { metadata: { finalizers: null } });
      expect((await remove([kind("routes")], 2)).code).toBe(0);
    },
    TEST_MS,
  );

  test(
    "objects that belong to each other in a circle go all the same",
    async () => {
      const finalizers = ["layer.example.org/held"];
      const one = await add("routes", "one", { finalizers });
      const other = await add("routes", "other", { finalizers, ownerReferences: [ownedBy(one)] });
      await change(cluster(), `${collection("routes")}/one`, { metadata: { ownerReferences: [ownedBy(other)] } });
      const running = remove([kind("routes")], 60);
      await controller("routes", "one");
      await controller("routes", "other");
      expect((await running).code).toBe(0);
      expect(await names("routes")).toEqual([]);
    },
    TEST_MS,
  );

  test("a request that is no JSON is refused without a word of it, for it may hold a kubeconfig", async () => {
    const { code, text } = await ownCommand(COMMAND, "token: SECRET");
    expect([code, text]).toEqual([1, expect.stringContaining("is no JSON")]);
    expect(text).not.toContain("SECRET");
  });

  test("a cluster that does not answer is named, and no credential of it", async () => {
    const kubeconfig = cluster().kubeconfig.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1");
    const { code, text } = await remove([kind("routes")], 1, kubeconfig);
    expect([code, text]).toEqual([1, expect.stringContaining("cannot reach the Kubernetes API server")]);
    const { users } = JSON.parse(kubeconfig) as { users: [{ user: { token: string } }] };
    expect(text).not.toContain(users[0].user.token);
  });
});

const ownedBy = (owner: Properties): Properties => ({
  apiVersion: "layer.example.org/v1",
  kind: "Route",
  name: textAt(owner, "metadata", "name")!,
  uid: textAt(owner, "metadata", "uid")!,
});

const define = (cluster: ControlPlane, plural: string, name: string): Promise<Properties> =>
  make(cluster, DEFINITIONS, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.layer.example.org` },
    spec: {
      group: "layer.example.org",
      scope: "Namespaced",
      names: { plural, kind: name },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  });

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(100);
    }
  }
}
