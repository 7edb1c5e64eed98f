import fc from "fast-check";
import {
  type FunctionSpec,
  functionAutoscaler,
  functionDeployment,
  functionService,
  knativeService,
  type Lane,
  lintFunction,
  openFunction,
  shipwrightBuild,
  shipwrightBuildRun,
  WasmFunction,
} from "../../../components/function";
import { directObjects } from "../../../components/function/lanes/direct";
import { knativeObjects } from "../../../components/function/lanes/knative";
import type { KubernetesObject } from "../../../components/manifests";
import type { ControlPlane } from "../../../infra/testing/control-plane";
import { at, type Properties } from "../../../infra/toolchain/plugins/kubernetes/values";
import { upstreamDefinitions } from "../../support/definitions";
import { functionSpecs } from "../../support/function-specs";
import { mirrorMissing } from "../../support/upstream";
import { withEngine } from "../engine";
import { describeWithCluster, live, make, providerFor, TEST_MS, withPlugin } from "./cluster";

/** The same ones every time; a third of a hundred for each lane. */
const SAMPLES = { numRuns: 34, seed: 20260102 };

const PLURALS: Readonly<Record<string, string>> = {
  Component: "components",
  Deployment: "deployments",
  Function: "functions",
  HorizontalPodAutoscaler: "horizontalpodautoscalers",
  Service: "services",
  Build: "builds",
  BuildRun: "buildruns",
};

/** What the real API server makes of an object, without keeping it. */
async function dryRun(cluster: ControlPlane, object: object): Promise<Properties> {
  const body = JSON.parse(JSON.stringify(object)) as Properties & KubernetesObject;
  const api = body.apiVersion.includes("/") ? `apis/${body.apiVersion}` : `api/${body.apiVersion}`;
  const path = `/${api}/namespaces/${body.metadata.namespace}/${PLURALS[body.kind]}`;
  return cluster.client.call({ method: "POST", path, query: { dryRun: "All", fieldValidation: "Strict" }, body });
}

const named = (apiVersion: string, kind: string, args: object): object => ({ apiVersion, kind, ...args });

/** Everything that is declared for a function of a lane. */
const OBJECTS: Readonly<Record<Lane, (spec: FunctionSpec) => object[]>> = {
  direct: (spec) => {
    const scaler = functionAutoscaler(spec);
    return [
      named("apps/v1", "Deployment", functionDeployment(spec)),
      named("v1", "Service", functionService(spec)),
      ...(scaler === undefined ? [] : [named("autoscaling/v2", "HorizontalPodAutoscaler", scaler)]),
      ...directObjects(spec),
    ];
  },
  knative: (spec) =>
    [knativeService(spec), ...knativeObjects(spec), shipwrightBuild(spec), shipwrightBuildRun(spec)].filter(
      (object) => object !== undefined,
    ),
  openfunction: (spec) => {
    const first: FunctionSpec = { ...spec, apiVersion: "v1beta1" };
    const fits = lintFunction(first).every(({ severity }) => severity === "warning");
    return [openFunction(spec), ...(fits ? [openFunction(first)] : [])];
  },
};

const missing = mirrorMissing();

const tests = (cluster: () => ControlPlane): void => {
  beforeAll(async () => {
    for (const definition of upstreamDefinitions())
      await make(cluster(), "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition as Properties);
    await make(cluster(), "/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "functions" },
    });
    await served(cluster());
  }, TEST_MS);

  it.each(Object.keys(OBJECTS) as Lane[])(
    "takes every object of any function without a field that it does not know: %s",
    async (lane) => {
      const specs = fc
        .sample(functionSpecs(lane), SAMPLES)
        .filter((spec) => lintFunction(spec).every(({ severity }) => severity === "warning"));
      expect(specs.length).toBeGreaterThan(SAMPLES.numRuns * 0.8);
      const kinds = new Set<string>();
      for (const object of specs.flatMap(OBJECTS[lane])) {
        const made = await dryRun(cluster(), object);
        kinds.add(`${made.apiVersion} ${made.kind}`);
      }
      expect([...kinds].sort()).toEqual(KINDS[lane]);
    },
    TEST_MS,
  );

  it(
    "has what the component declares, changes it with its data, and lets go of it",
    () =>
      withEngine(withPlugin, async (engine) => {
        const functions = (word: string) => async () => {
          const provider = providerFor(cluster().kubeconfig);
          const common = {
            namespace: "functions",
            image: "registry.example/made:1",
            command: ["/made.wasm"],
            imageCredentials: { server: "registry.example", username: "me", password: "pass-word" },
            config: { data: { WORD: word } },
            secrets: { data: { KEY: "key-word" } },
            build: { dockerfile: "Dockerfile", source: { url: "https://git.example/made", revision: "v1" } },
            wait: false,
          };
          new WasmFunction("made-knative", { ...common, lane: "knative" }, { provider });
          new WasmFunction("made-openfunction", { ...common, lane: "openfunction" }, { provider });
        };
        const of = (group: string, plural: string, name: string): Promise<Properties | undefined> =>
          live(cluster(), `/${group}/namespaces/functions/${plural}/${name}`);
        const knative = () => of("apis/serving.knative.dev/v1", "services", "made-knative");
        const openfunction = () => of("apis/core.openfunction.io/v1beta2", "functions", "made-openfunction");
        const named = (object: unknown): string =>
          /"configMapRef":\{"name":"([^"]+)"\}/.exec(JSON.stringify(object))?.[1] ?? "none";

        await engine.up(functions("one"));
        const [first, second] = [named(await knative()), named(await openfunction())];
        expect(first).toMatch(/^made-knative-config-/);
        expect(at(await of("api/v1", "configmaps", first), "data")).toEqual({ WORD: "one" });
        expect(at(await of("api/v1", "configmaps", second), "data")).toEqual({ WORD: "one" });
        expect(await of("apis/shipwright.io/v1alpha1", "builds", "made-knative")).toBeDefined();
        // Also where the caller did not mark them as secrets.
        for (const secret of ["pass-word", Buffer.from("me:pass-word").toString("base64"), "key-word"])
          expect(engine.stateOnDisk()).not.toContain(secret);
        const { changeSummary } = await engine.preview();
        expect(Object.keys(changeSummary)).toEqual(["same"]);

        await engine.up(functions("two"));
        const third = named(await knative());
        expect(third).not.toBe(first);
        expect(at(await of("api/v1", "configmaps", third), "data")).toEqual({ WORD: "two" });
        expect(await of("api/v1", "configmaps", first)).toBeUndefined();

        await engine.destroy();
        expect([await knative(), await openfunction(), await of("api/v1", "configmaps", third)]).toEqual([
          undefined,
          undefined,
          undefined,
        ]);
      }),
    TEST_MS,
  );

  it("refuses a field that no schema has: what the others show is worth something", async () => {
    const spec: FunctionSpec = {
      lane: "openfunction",
      name: "a",
      namespace: "functions",
      image: "registry.example/a:1",
    };
    const right = openFunction(spec) as unknown as { spec: { serving: { template: object } } };
    const { serving } = right.spec;
    const template = { ...serving.template, runtimeClass: "x" };
    const wrong = { ...right, spec: { ...right.spec, serving: { ...serving, template } } };
    await expect(dryRun(cluster(), wrong)).rejects.toThrow(/unknown field "spec\.serving\.template\.runtimeClass"/);
  });
};

const KINDS: Readonly<Record<Lane, string[]>> = {
  direct: ["apps/v1 Deployment", "autoscaling/v2 HorizontalPodAutoscaler", "dapr.io/v1alpha1 Component", "v1 Service"],
  knative: [
    "dapr.io/v1alpha1 Component",
    "serving.knative.dev/v1 Service",
    "shipwright.io/v1alpha1 Build",
    "shipwright.io/v1alpha1 BuildRun",
  ],
  openfunction: ["core.openfunction.io/v1beta1 Function", "core.openfunction.io/v1beta2 Function"],
};

/** Waits until the kinds are served; a definition is established a moment after it is made. */
async function served(cluster: ControlPlane): Promise<void> {
  const last = "/apis/dapr.io/v1alpha1/namespaces/functions/components";
  for (let attempt = 0; ; attempt += 1) {
    try {
      await cluster.client.call({ method: "GET", path: last });
      await cluster.client.call({ method: "GET", path: "/apis/core.openfunction.io/v1beta1/functions" });
      return;
    } catch (error) {
      if (attempt > 100) throw error;
      await new Promise((again) => setTimeout(again, 100));
    }
  }
}

if (missing === "") describeWithCluster("a real API server with upstream's definitions", tests);
else
  describe.skip(`a real API server with upstream's definitions ${missing}`, () =>
    tests(() => Promise.reject() as never));
