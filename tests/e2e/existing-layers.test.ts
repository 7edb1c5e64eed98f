import { mirrorMissing, upstreamMirror } from "../support/upstream";
import { DevStack, describeOnHost, type Login, READY } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

const onHost = mirrorMissing() === "" ? describeOnHost : describe.skip;

/** The least that the API server takes as a definition of that kind. */
const definition = (plural: string, kind: string): object => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.keda.sh`, labels: { "app.kubernetes.io/managed-by": "somebody-else" } },
  spec: {
    group: "keda.sh",
    scope: "Namespaced",
    names: { plural, kind },
    versions: [{ name: "v1alpha1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
});

const FOREIGN = {
  apiVersion: "v1",
  kind: "List",
  items: [
    definition("scaledobjects", "ScaledObject"),
    definition("scaledjobs", "ScaledJob"),
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "keda" } },
  ],
};

onHost(`a platform on a cluster that has some of it from somebody else ${mirrorMissing()}`, () => {
  const keda = { platform: "keda", platformAwait: "none", mirror: upstreamMirror() };
  let stack: DevStack;
  let login: Login;

  beforeAll(async () => {
    stack = await DevStack.open("e2e-theirs");
    expect(await stack.must("up")).toMatch(READY);
    login = await stack.login();
    await login.kubectl("create -f -", JSON.stringify(FOREIGN));
  });
  afterAll(() => stack.close());

  const definitions = async (): Promise<string[]> => (await login.kubectl("get crd -o name")).split("\n").sort();
  const theirs = ["scaledjobs", "scaledobjects"].map(
    (plural) => `customresourcedefinition.apiextensions.k8s.io/${plural}.keda.sh`,
  );

  it.each(["up", "preview"])("%s refuses what has an owner already, all of it in one message", async (command) => {
    const before = (await stack.deployment()).resources;
    const { code, text } = await stack.run(command, keda);
    expect(code).toBe(1);
    expect(text).toMatch(/CustomResourceDefinition scaledjobs\.keda\.sh, scaledobjects\.keda\.sh: .*somebody-else/);
    expect(text).toMatch(/Namespace keda: layer keda would make what exists .*written by kubectl/);
    expect(text).toMatch(/add it to platformExisting/);
    expect((await stack.deployment()).resources).toEqual(before);
    expect(await definitions()).toEqual(theirs);
    expect(await login.kubectl("get -n keda deployments -o name")).toBe("");
  });

  it("goes on where the settings leave it to its owner", async () => {
    expect(await stack.must("up", { platformExisting: "keda" })).toMatch(READY);
    expect(await definitions()).toEqual(theirs);
  });

  it("refuses to count on what is not there", async () => {
    const { code, text } = await stack.run("up", { platformExisting: "dapr" });
    expect(code).toBe(1);
    expect(text).toMatch(/platformExisting dapr: the cluster has no CustomResourceDefinition components\.dapr\.io/);
  });

  it("makes the layer once it is nobody's, and does not take it for somebody else's then", async () => {
    await login.kubectl("delete -f -", JSON.stringify(FOREIGN));
    expect(await stack.must("up", keda)).toMatch(READY);
    expect(await definitions()).toHaveLength(4);
    expect(await stack.must("up", keda)).toMatch(/Resources:\n +\d+ unchanged\n/);
    const handedOver = await stack.run("up", { platformExisting: "keda" });
    expect(handedOver.code).toBe(1);
    expect(handedOver.text).toMatch(/platformExisting keda: its definitions .* are this stack's own/);
    await stack.must("down");
    expect([await stack.traces(1), stack.files()]).toEqual([[], []]);
  });
});
