import { isWebhookConfiguration, type KubernetesObject } from "../../components/manifests";
import { isChartLayer, layers } from "../../components/platform";
import { layerCharts, readLayerCharts } from "../../infra/charts/layers";
import { silentProgress } from "../../infra/toolchain/progress";
import { ensure } from "../../infra/toolchain/store";
import { versions } from "../../infra/versions";
import { mirrorMissing, upstreamMirror } from "../support/upstream";
import { DevStack, describeOnHost, eventually, type Login, READY } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

const onHost = mirrorMissing() === "" ? describeOnHost : describe.skip;

/** An object of the cluster in the stack's state. */
interface StateResource {
  type: string;
  inputs: Record<string, unknown>;
}

/** The part of a Function that is looked at by itself. */
interface LaneFunction {
  spec: { imageCredentials: { name: string } };
}

const STRICTLY = "apply --server-side --force-conflicts --dry-run=server --validate=strict -f -";
const ACCEPTED = /serverside-applied \(server dry run\)$/;

onHost(`the whole platform on a cluster that cannot pull its images ${mirrorMissing()}`, () => {
  const full = { platform: "full", platformAwait: "none", mirror: upstreamMirror() };
  let stack: DevStack;
  let login: Login;
  let chartObjects: KubernetesObject[];

  beforeAll(async () => {
    stack = await DevStack.open("e2e-full");
    const places = { kubernetesVersion: versions.kubernetes.module };
    const folders: Record<string, string> = {};
    for (const [layer, chart] of Object.entries(layerCharts(layers.filter(isChartLayer), places)))
      folders[layer] = (await ensure(chart, { progress: silentProgress, mirror: upstreamMirror() })).path;
    chartObjects = Object.values(readLayerCharts(folders, places)).flat();
  });
  afterAll(() => stack.close());

  const withheld = ({ kind, webhooks }: KubernetesObject): boolean =>
    kind === "APIService" ||
    (isWebhookConfiguration({ kind }) &&
      ((webhooks ?? []) as { failurePolicy?: string }[]).some(({ failurePolicy }) => failurePolicy !== "Ignore"));

  const inState = async (): Promise<StateResource[]> =>
    (JSON.parse(await stack.pulumi("stack", "export")) as { deployment: { resources: StateResource[] } }).deployment
      .resources;

  it("each object is in the preview before there is a cluster", async () => {
    const text = await stack.must("preview", full);
    expect(chartObjects.filter(withheld)).toHaveLength(11);
    for (const { kind, metadata } of chartObjects.filter((object) => !withheld(object)))
      expect(text).toMatch(new RegExp(`:${kind} .*:(\\S+/)?${metadata.name.replaceAll(".", "\\.")} create`));
    expect(text).toMatch(/ClusterBuildStrategy e2e-full-platform-buildStrategy:wasmedge create/);
    expect(text).toMatch(/:Gateway .*:openfunction\/openfunction create/);
  });

  it("up that is killed between two layers, and then up: all of it is there, and functions answer", async () => {
    const broken = stack.start("up", full);
    const between = /platform-contour-objects:projectcontour created/;
    await eventually(
      async () => broken.printed,
      (text) => between.test(text) || broken.finished,
      300_000,
    );
    expect(broken.printed).toMatch(between);
    expect(broken.printed).not.toMatch(/platform-knative:.* created/);
    broken.killGroup();
    await broken.ended;
    expect(await stack.must("up", full)).toMatch(READY);
    expect(stack.pendingOperations()).toEqual([]);
    login = await stack.login();
    const established = "jsonpath='{.items[*].status.conditions[?(@.type==\"Established\")].status}'";
    const definitions = chartObjects.filter(({ kind }) => kind === "CustomResourceDefinition");
    expect((await login.kubectl(`get crd -o ${established}`)).split(" ")).toEqual(definitions.map(() => "True"));
    expect(await login.kubectl("get clusterbuildstrategy wasmedge -o jsonpath='{.spec.buildSteps[*].name}'")).toBe(
      "build-and-push",
    );
    const gateway = "gateways.networking.openfunction.io -n openfunction openfunction";
    expect(await login.kubectl(`get ${gateway} -o jsonpath='{.spec.gatewayRef.name} {.spec.domain}'`)).toBe(
      "contour ofn.io",
    );
  });

  it("the API server finds no field in it that it does not know", async () => {
    const declared = (await inState())
      .filter(({ type }) => type.startsWith("kubernetes:") && !/:(Secret|Node)$/.test(type))
      .map(({ inputs }) => inputs);
    const items = [...declared, ...chartObjects.filter(withheld)];
    expect(items.length).toBeGreaterThan(chartObjects.length - 10);
    const answer = await login.kubectl(STRICTLY, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    expect(answer.split("\n").filter((line) => ACCEPTED.test(line))).toHaveLength(items.length);
    const [gateway] = declared.filter(
      ({ kind, apiVersion }) => kind === "Gateway" && /openfunction/.test(`${apiVersion}`),
    );
    const wrong = { ...gateway, spec: { ...(gateway?.spec as object), domains: [] } };
    await expect(login.kubectl(STRICTLY, JSON.stringify(wrong))).rejects.toThrow(/field not declared|unknown field/);
  });

  it("webhooks, proxies and sidecars have certificates of their own, which only Secrets know", async () => {
    const secret = (name: string, key: string): Promise<string> =>
      login.kubectl(`get secret ${name} -o jsonpath='{.data.${key.replace(".", "\\.")}}'`);
    const bundle = "jsonpath='{.spec.conversion.webhook.clientConfig.caBundle}'";
    const authority = await secret("-n openfunction webhook-server-cert", "ca.crt");
    expect(await login.kubectl(`get crd functions.core.openfunction.io -o ${bundle}`)).toBe(authority);
    const keys = await Promise.all([
      secret("-n openfunction webhook-server-cert", "tls.key"),
      secret("-n projectcontour contourcert", "tls.key"),
      secret("-n dapr-system dapr-trust-bundle", "issuer.key"),
    ]);
    expect(new Set(keys).size).toBe(3);
    const texts = [...stack.stateTexts().values()].join("\n");
    for (const key of keys) {
      const pem = Buffer.from(key, "base64").toString();
      expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
      for (const form of [key, pem.split("\n")[1] as string]) expect(texts).not.toContain(form);
    }
  });

  it("status names what does not run and what was left out, and is no success", async () => {
    const { code, text } = await stack.run("status", full);
    expect(code).toBe(1);
    for (const workload of [
      "knative-serving/controller",
      "projectcontour/contour-envoy",
      "dapr-system/dapr-placement-server",
    ])
      expect(text).toMatch(new RegExp(`${workload} +Unready +0 of 1 replicas`));
    for (const { kind, metadata } of chartObjects.filter(withheld))
      expect(text).toMatch(new RegExp(`${kind}/${metadata.name.replaceAll(".", "\\.")} +Withheld`));
    expect(text).toMatch(READY);
  });

  it("the next run has nothing to do, also after a look at the live objects", async () => {
    // The first look takes up what the controllers wrote meanwhile.
    await stack.must("up", full, ["--refresh"]);
    for (const flags of [[], ["--refresh"]])
      expect(await stack.must("up", full, flags)).toMatch(/Resources:\n +\d+ unchanged\n/);
  });

  it("what controllers write into the objects is no drift", async () => {
    const patch = (what: string, content: object): Promise<string> =>
      login.kubectl(
        `patch ${what} --field-manager=controller --type=merge --patch-file=/dev/stdin`,
        JSON.stringify(content),
      );
    const written = Buffer.from(`key of a controller ${Math.random()}`).toString("base64");
    await patch("secret -n knative-serving webhook-certs", { data: { "server-key.pem": written } });
    const listener = { name: "ofn-http-external", hostname: "*.ofn.io", protocol: "HTTP", port: 80 };
    const gateway = "gateways.gateway.networking.k8s.io -n projectcontour contour";
    const own = JSON.parse(await login.kubectl(`get ${gateway} -o jsonpath='{.spec.listeners}'`)) as object[];
    await patch(gateway, { spec: { listeners: [listener, ...own] } });
    await patch("gateways.networking.openfunction.io -n openfunction openfunction", {
      metadata: { finalizers: ["networking.openfunction.io/finalizer"], annotations: { "written-by": "controller" } },
    });
    const caBundle = await login.kubectl(
      "get secret -n openfunction webhook-server-cert -o jsonpath='{.data.ca\\.crt}'",
    );
    await patch("crd tasks.tekton.dev", { spec: { conversion: { webhook: { clientConfig: { caBundle } } } } });
    // The look takes up what is new; nothing is set back, neither then nor in the run after it.
    await stack.must("up", full, ["--refresh"]);
    expect(await stack.must("up", full)).toMatch(/Resources:\n +\d+ unchanged\n/);
    for (const text of stack.stateTexts().values()) expect(text).not.toContain(written);
    const live = await login.kubectl(`get ${gateway} -o jsonpath='{.spec.listeners[*].name}'`);
    expect(live.split(" ").sort()).toEqual(["http", "ofn-http-external"]);
  });

  it("a definition that was removed by hand comes back, in the run that hands the sample to OpenFunction", async () => {
    await login.kubectl("delete crd clusterbuildstrategies.shipwright.io");
    const password = `word-${Math.random()}`;
    const lane = {
      sampleLane: "openfunction",
      imagePrefix: "registry.example.org/team",
      sampleRepository: "https://git.example.org/fork#v1",
      registryUsername: "robot",
      registryPassword: await stack.encrypted("registryPassword", password),
    };
    const text = await stack.must("up", { ...full, ...lane }, ["--refresh"]);
    expect(text).toMatch(/^http-server {3}Declared {3}http:\S+\/echo {3}lane openfunction: /m);
    expect(await login.kubectl("get clusterbuildstrategy -o name")).toBe("clusterbuildstrategy.shipwright.io/wasmedge");

    const read = async <T>(what: string): Promise<T> =>
      JSON.parse(await login.kubectl(`get ${what} -n functions -o json`)) as T;
    const [build, serving] = await Promise.all(
      ["http-server-build", "http-server"].map((name) => read<LaneFunction>(`functions.core.openfunction.io ${name}`)),
    );
    const image = "registry.example.org/team/http-server:0.1.0";
    const variant = { "module.wasm.image/variant": "compat-smart" };
    expect(build).toMatchObject({
      apiVersion: "core.openfunction.io/v1beta2",
      metadata: { annotations: variant },
      spec: {
        image,
        build: {
          dockerfile: "Dockerfile",
          srcRepo: { url: "https://git.example.org/fork", revision: "v1", sourceSubPath: "samples/http-server" },
          shipwright: { strategy: { name: "wasmedge", kind: "ClusterBuildStrategy" } },
        },
      },
    });
    expect(serving).toMatchObject({
      metadata: { annotations: variant },
      spec: { image, serving: { annotations: variant, template: { runtimeClassName: "openfunction-crun" } } },
    });
    const functions = (await inState()).filter(({ type }) => /:Function$/.test(type)).map(({ inputs }) => inputs);
    expect(functions).toHaveLength(2);
    const answer = await login.kubectl(STRICTLY, JSON.stringify({ apiVersion: "v1", kind: "List", items: functions }));
    expect(answer.split("\n").filter((line) => ACCEPTED.test(line))).toHaveLength(2);

    for (const one of [build, serving]) {
      const { name } = one!.spec.imageCredentials;
      const secret = await read<{ type: string; data: Record<string, string> }>(`secret ${name}`);
      expect(secret.type).toBe("kubernetes.io/dockerconfigjson");
      const content = Buffer.from(secret.data[".dockerconfigjson"] as string, "base64").toString();
      expect(JSON.parse(content)).toMatchObject({ auths: { "registry.example.org": { username: "robot", password } } });
    }
    const token = Buffer.from(`robot:${password}`).toString("base64");
    for (const kept of stack.stateTexts().values())
      for (const form of [password, token]) expect(kept).not.toContain(form);
    expect(await login.kubectl("get deployments -n functions -o name")).toBe("");
  });

  it("what dead controllers hold is named while it is waited for, users' objects before the controllers go, and once it is free nothing is left", async () => {
    const held = "gateways.networking.openfunction.io -n openfunction openfunction";
    const route = {
      apiVersion: "serving.knative.dev/v1",
      kind: "Route",
      metadata: { name: "users", namespace: "functions", finalizers: ["routes.serving.knative.dev"] },
    };
    await login.kubectl("create -f -", JSON.stringify(route));
    const shrinking = stack.start("up");
    const named =
      /openfunction.*waiting for finalizers: networking\.openfunction\.io\/finalizer; is their controller running/;
    await eventually(
      async () => shrinking.printed,
      (text) => named.test(text) || shrinking.finished,
      240_000,
    );
    expect(shrinking.printed).toMatch(named);
    await login.kubectl(`patch ${held} --type=merge -p '{"metadata":{"finalizers":null}}'`);
    const asked =
      /routes\.serving\.knative\.dev functions\/users: waiting for finalizers: routes\.serving\.knative\.dev;/;
    await eventually(
      async () => shrinking.printed,
      (text) => asked.test(text) || shrinking.finished,
      240_000,
    );
    expect(shrinking.printed).toMatch(asked);
    expect(await login.kubectl("get deployment -n knative-serving controller -o name")).toMatch(/controller$/);
    await login.kubectl(
      `patch routes.serving.knative.dev -n functions users --type=merge -p '{"metadata":{"finalizers":null}}'`,
    );
    const { code, text } = await shrinking.ended;
    expect(code).toBe(0);
    // The sample needs no platform again, and nothing of its other lane is left.
    expect(text).toMatch(READY);
    expect((await inState()).filter(({ type }) => /:Function$/.test(type))).toEqual([]);
    expect(await login.kubectl("get secrets -n functions -o name")).toBe("");
    expect(await login.kubectl("get crd -o name")).toBe("");
    const namespaces = await login.kubectl("get namespaces -o jsonpath='{.items[*].metadata.name}'");
    expect(namespaces.split(" ")).toEqual(["default", "functions", "kube-node-lease", "kube-public", "kube-system"]);
    expect(
      await login.kubectl(
        "get clusterroles -o name | grep -c 'tekton\\|shipwright\\|knative\\|dapr\\|keda\\|openfunction\\|contour' || true",
      ),
    ).toBe("0");
    expect(await login.kubectl("get runtimeclasses -o name")).toBe("runtimeclass.node.k8s.io/openfunction-crun");
    await stack.must("down");
    expect([await stack.traces(1), stack.files()]).toEqual([[], []]);
  });
});
