import { type CheckInput, checkInputs } from "./check";
import { parseToken } from "./tokens";
import { isSecret, type Properties, UNKNOWN } from "./values";

function check(token: string, news: Properties, rest: Partial<CheckInput> = {}) {
  return checkInputs({
    of: parseToken(token, news),
    name: "Logical",
    olds: {},
    news,
    seed: new Uint8Array([1, 2, 3]),
    defaultNamespace: () => "home",
    askNamespaced: () => Promise.reject(new Error("the network is not to be used")),
    ...rest,
  });
}

const configMap = "kubernetes:core/v1:ConfigMap";

describe("checkInputs", () => {
  test("complete inputs come back as they are", async () => {
    const news = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "b" } };
    expect((await check(configMap, news)).inputs).toBe(news);
  });

  test("fills in what identifies the object", async () => {
    const { inputs } = await check(configMap, { metadata: { name: "a" } });
    expect(inputs).toEqual({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "home" } });
    const cluster = await check("kubernetes:node.k8s.io/v1:RuntimeClass", { metadata: { name: "a" }, handler: "x" });
    expect(cluster.inputs.metadata).toEqual({ name: "a" });
  });

  test("a generated name depends on the seed, is kept, and is marked", async () => {
    const first = (await check(configMap, {})).inputs;
    expect(first.metadata).toMatchObject({ annotations: { "pulumi.com/autonamed": "true" } });
    const { name } = first.metadata as Properties;
    expect(name).toMatch(/^logical-[0-9a-f]{8}$/);
    expect((await check(configMap, {})).inputs).toEqual(first);
    const later = await check(configMap, { data: { a: "1" } }, { olds: first, seed: new Uint8Array([9]) });
    expect((later.inputs.metadata as Properties).name).toBe(name);
    const replaced = await check(configMap, {}, { seed: new Uint8Array([9]) });
    expect((replaced.inputs.metadata as Properties).name).not.toBe(name);
  });

  test("unknown names and metadata are left to the real run", async () => {
    const unknown = await check(configMap, { metadata: { name: UNKNOWN } });
    expect((unknown.inputs.metadata as Properties).name).toBe(UNKNOWN);
    expect((await check(configMap, { metadata: UNKNOWN })).inputs.metadata).toBe(UNKNOWN);
  });

  test("the scope of a custom kind is asked once", async () => {
    const token = "kubernetes:example.com/v1:Thing";
    const news = { kind: "Thing", metadata: { name: "a" } };
    const first = await check(token, news, { askNamespaced: async () => true });
    expect(first.inputs.metadata).toEqual({ name: "a", namespace: "home" });
    expect((await check(token, news, { olds: first.inputs })).inputs).toEqual(first.inputs);
    const unscoped = await check(token, news, { askNamespaced: async () => undefined });
    expect(unscoped.inputs.metadata).toEqual({ name: "a" });
  });

  test("the data of a Secret is secret, however it came", async () => {
    const { inputs } = await check("kubernetes:core/v1:Secret", { stringData: { a: "b" }, data: { c: "ZA==" } });
    expect([isSecret(inputs.stringData), isSecret(inputs.data)]).toEqual([true, true]);
  });

  test.each([
    [configMap, { metadata: { name: 5 } }, "metadata.name", /text, not number/],
    [configMap, { metadata: "x" }, "metadata", /object, not string/],
    [configMap, { metadata: { generateName: "x-" } }, "metadata.generateName", /server-side apply/],
    [configMap, { kind: "Secret" }, "kind", /is Secret.*says ConfigMap/],
    ["kubernetes:core/v1:NodePatch", { kind: "Node" }, "metadata.name", /must name the object/],
  ])("%s %j is refused at %s", async (token, news, property, reason) => {
    const { failures } = await check(token, news as Properties);
    expect(failures).toEqual([{ property, reason: expect.stringMatching(reason) }]);
  });
});
