import { wasmStrategy } from "../../components/platform/strategy";
import { type BuildCharts, buildCharts, readBuildCharts } from "../../infra/charts/build";
import { silentProgress } from "../../infra/toolchain/progress";
import { ensure } from "../../infra/toolchain/store";
import { versions } from "../../infra/versions";
import { mirrorMissing, upstreamMirror } from "../support/upstream";
import { DevStack, describeOnHost, type Login, READY } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

const onHost = mirrorMissing() === "" ? describeOnHost : describe.skip;

onHost(`the build layers on a cluster that cannot pull their images ${mirrorMissing()}`, () => {
  const build = { platform: "build", platformAwait: "none", mirror: upstreamMirror() };
  let stack: DevStack;
  let login: Login;
  let charts: BuildCharts;

  beforeAll(async () => {
    stack = await DevStack.open("e2e-build");
    const { tekton, shipwright } = buildCharts(versions.kubernetes.module, upstreamMirror());
    const path = async (one: typeof tekton): Promise<string> => (await ensure(one, silentProgress)).path;
    charts = readBuildCharts(versions.kubernetes.module, {
      tekton: await path(tekton),
      shipwright: await path(shipwright),
    });
  });
  afterAll(() => stack.close());

  it("each object is in the preview before there is a cluster", async () => {
    const text = await stack.must("preview", build);
    const webhooks = charts.tekton.filter(({ kind }) => kind.endsWith("WebhookConfiguration"));
    expect(webhooks).toHaveLength(3);
    for (const { kind, metadata } of [...charts.tekton, ...charts.shipwright])
      if (!kind.endsWith("WebhookConfiguration"))
        expect(text).toMatch(new RegExp(`:${kind} .*:(\\S+/)?${metadata.name} create`));
    expect(text).toMatch(/ClusterBuildStrategy e2e-build-build-strategy:wasmedge create/);
  });

  it("up makes all of it, in order, and functions answer", async () => {
    expect(await stack.must("up", build)).toMatch(READY);
    login = await stack.login();
    const established = "jsonpath='{.items[*].status.conditions[?(@.type==\"Established\")].status}'";
    expect((await login.kubectl(`get crd -o ${established}`)).split(" ")).toEqual(Array(12).fill("True"));
    expect(await login.kubectl("get clusterbuildstrategy wasmedge -o jsonpath='{.spec.buildSteps[*].name}'")).toBe(
      "build-and-push",
    );
  });

  it("the API server finds no field in it that it does not know", async () => {
    const items = [...charts.tekton, ...charts.shipwright, wasmStrategy()];
    const strictly = "apply --server-side --force-conflicts --dry-run=server --validate=strict -f -";
    const answer = await login.kubectl(strictly, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    expect(answer.split("\n").filter((line) => line.endsWith("serverside-applied (server dry run)"))).toHaveLength(
      items.length,
    );
    const wrong = { ...wasmStrategy(), spec: { ...(wasmStrategy().spec as object), steps: [] } };
    await expect(login.kubectl(strictly, JSON.stringify(wrong))).rejects.toThrow(/field not declared|unknown field/);
  });

  it("status names what does not run and what was left out, and is no success", async () => {
    const { code, text } = await stack.run("status", build);
    expect(code).toBe(1);
    expect(text).toMatch(/tekton-pipelines\/tekton-pipelines-controller +Unready +0 of 1 replicas/);
    expect(text).toMatch(/ValidatingWebhookConfiguration\/validation\.webhook\.pipeline\.tekton\.dev +Withheld/);
    expect(text).toMatch(READY);
  });

  it("the next run has nothing to do, also after a look at the live objects", async () => {
    // The first look takes up what the controllers wrote meanwhile.
    await stack.must("up", build, ["--refresh"]);
    for (const flags of [[], ["--refresh"]])
      expect(await stack.must("up", build, flags)).toMatch(/Resources:\n +\d+ unchanged\n/);
  });

  it("a definition that was removed by hand comes back", async () => {
    await login.kubectl("delete crd clusterbuildstrategies.shipwright.io");
    await stack.must("up", build, ["--refresh"]);
    expect(await login.kubectl("get clusterbuildstrategy -o name")).toBe("clusterbuildstrategy.shipwright.io/wasmedge");
  });

  it("nothing of it is left when the platform is taken away, and the function goes on", async () => {
    expect(await stack.must("up")).toMatch(READY);
    expect(await login.kubectl("get crd -o name")).toBe("");
    const namespaces = await login.kubectl("get namespaces -o jsonpath='{.items[*].metadata.name}'");
    expect(namespaces.split(" ")).toEqual(["default", "functions", "kube-node-lease", "kube-public", "kube-system"]);
    expect(await login.kubectl("get clusterroles -o name | grep -c 'tekton\\|shipwright' || true")).toBe("0");
    await stack.must("down");
    expect([await stack.traces(1), stack.files()]).toEqual([[], []]);
  });
});
