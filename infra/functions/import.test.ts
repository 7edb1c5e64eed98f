import fc from "fast-check";
import { type FunctionObject, functionDeployment, lintFunction, openFunction } from "../../components/function";
import { functionSpecs } from "../../tests/support/function-specs";
import { BUILD, evaluated, RICH, SERVING } from "../../tests/support/functions";
import { codeOf } from "./code";
import { importFunction } from "./import";
import { secondsOf } from "./import-build";

type Loose = Record<string, unknown>;

const plain = (value: unknown): Loose => JSON.parse(JSON.stringify(value)) as Loose;

/** Leaves by path, and empty lists and objects. */
function leaves(value: unknown, path = ""): Map<string, unknown> {
  if (typeof value !== "object" || value === null) return new Map([[path, value]]);
  return new Map(Object.entries(value).flatMap(([name, one]) => [...leaves(one, `${path}${path && "."}${name}`)]));
}

const spec = "spec.serving";
const container = `${spec}.template.containers.0`;

/** What the rendered Function has beyond the proposal's, each with its reason. */
const ADDED: Readonly<Record<string, string>> = {
  "metadata.namespace": "where kubectl would have put it, said",
  "metadata.labels": "what a selector finds it by",
  "metadata.annotations.module.wasm.image/variant": "the webhook's default, which 1.0.0 to 1.1.1 lose",
  "spec.version": "the webhook's default, said",
  "spec.build.shipwright.strategy": "the webhook's default, said",
  "spec.route.gatewayRef": "the webhook's default, said",
  [`${spec}.annotations.module.wasm.image/variant`]: "the webhook's default, said",
  [`${spec}.labels`]: "what a selector finds its pods by",
  [`${spec}.template.runtimeClassName`]: "the webhook's default, which 1.0.0 to 1.1.1 set in a template only",
  [`${spec}.template.enableServiceLinks`]: "hardening: no variable for each service of the namespace",
  [`${spec}.template.automountServiceAccountToken`]: "hardening: a module needs no account",
  [`${container}.resources`]: "hardening: requests and a limit of memory",
  [`${container}.readinessProbe`]: "requests come when it listens",
  [`${container}.livenessProbe.failureThreshold`]: "Kubernetes' default, said",
  [`${container}.securityContext`]: "hardening: no root, no capabilities, no writing",
};

const reasonFor = (path: string): string | undefined =>
  Object.keys(ADDED).find((one) => path === one || path.startsWith(`${one}.`));

describe("the proposal's two Functions, imported and rendered again as v1beta1", () => {
  const specs = evaluated(codeOf([BUILD, SERVING].map(importFunction)));
  const rendered = specs.map((one) => plain(openFunction({ ...one, apiVersion: "v1beta1" })));

  it("keep every field and every value", () => {
    expect(rendered[0]).toMatchObject(plain(BUILD));
    expect(rendered[1]).toMatchObject(plain(SERVING));
  });

  it("have only what is listed beside them, and all of that", () => {
    const additions = [BUILD, SERVING].flatMap((given, index) => {
      const known = leaves(given);
      return [...leaves(rendered[index]).keys()].filter((path) => !known.has(path));
    });
    expect(additions.filter((path) => reasonFor(path) === undefined)).toEqual([]);
    expect([...new Set(additions.map(reasonFor))].sort()).toEqual(Object.keys(ADDED).sort());
  });

  it("leave nothing out", () => {
    for (const one of [BUILD, SERVING]) expect(importFunction(one).left).toEqual([]);
  });
});

describe("importFunction", () => {
  it("has a word for everything that the arguments know", () => {
    const { name, args, left } = importFunction(RICH);
    expect(left).toEqual([]);
    expect({ name, ...args }).toEqual({
      name: "new",
      lane: "openfunction",
      namespace: "fn",
      image: "registry.example/rich:1",
      version: "v1.2.3",
      build: {
        dockerfile: "Dockerfile",
        source: { url: "https://git.example/rich", credentials: "git" },
        strategy: { name: "own", kind: "BuildStrategy" },
        args: { A: "1=2", B: "\"'$(x)" },
        registries: { insecure: ["registry.example:5000"] },
        timeoutSeconds: 5400,
        params: { other: "one" },
      },
      http: { port: 9000, route: { path: "/a", hostnames: ["a.example"], gateway: { name: "g", namespace: "n" } } },
      scale: { min: 1, max: 3 },
      command: ["/a.wasm"],
      args: ["--flag"],
      env: { A: "1", B: { secret: "s", key: "k" }, C: { configMap: "m", key: "k" }, GREETING: "hello" },
      resources: { requests: { cpu: "10m" } },
      probes: { liveness: false, readiness: { path: "/ready", timeoutSeconds: 2 } },
      volumes: [{ name: "files", mountPath: "/files", source: { configMap: { name: "files" } } }],
      sidecars: [{ name: "beside", image: "registry.example/beside:1", command: ["/bin/beside"] }],
      runtimeClassName: "wasm",
      annotations: { "module.wasm.image/variant": "compat-smart", mine: "yes" },
      labels: { team: "a" },
      dapr: {
        states: {
          store: { type: "state.redis", version: "v1", metadata: [{ name: "redisHost", value: "redis:6379" }] },
        },
      },
    });
  });

  it("tells what it has no word for, by path and value", () => {
    const given = plain(SERVING) as { spec: { serving: { template: { containers: Loose[] } } & Loose; build: Loose } };
    given.spec.serving.inputs = [{ name: "in", component: "kafka" }];
    given.spec.serving.template.containers[0]!.livenessProbe = { exec: { command: ["true"] } };
    given.spec.build = { dockerfile: "D", srcRepo: { url: "https://a.example/a" }, failedBuildsHistoryLimit: 3 };
    const { left } = importFunction(given as unknown as FunctionObject);
    expect(left.map(([path]) => path)).toEqual([
      "spec.build.failedBuildsHistoryLimit",
      "spec.serving.template.containers[0].livenessProbe.exec.command[0]",
      "spec.serving.triggers.inputs[0].dapr.name",
      "spec.serving.triggers.inputs[0].dapr.outputName",
    ]);
  });

  const serving = (change: Loose): FunctionObject => {
    const given = plain(RICH) as { spec: { serving: Loose } };
    return { ...RICH, spec: { ...given.spec, serving: { ...given.spec.serving, ...change } } };
  };
  const MODE = "openfunction.io/dapr-service-mode";
  const PROTOCOL = "dapr.io/app-protocol";

  it("tells of a mode and a protocol of Dapr that its own argument does not have", () => {
    const { args, left } = importFunction(serving({ annotations: { [MODE]: "standalone", [PROTOCOL]: "grpc" } }));
    expect([args.annotations, Object.keys(args.dapr!)]).toEqual([
      { "module.wasm.image/variant": "compat-smart" },
      ["states"],
    ]);
    expect(left).toEqual([
      [`spec.serving.annotations["${MODE}"]`, "standalone"],
      [`spec.serving.annotations["${PROTOCOL}"]`, "grpc"],
    ]);
    expect(importFunction(serving({ annotations: { [MODE]: "sidecar", [PROTOCOL]: "http" } })).left).toEqual([]);
  });

  it("keeps what is said of Dapr where there is none", () => {
    const annotations = { [MODE]: "standalone", [PROTOCOL]: "grpc", "dapr.io/app-id": "mine" };
    const { args, left } = importFunction(serving({ annotations, states: undefined }));
    expect([args.dapr, left]).toEqual([undefined, []]);
    expect(args.annotations).toMatchObject(annotations);
  });

  it("leaves Dapr off where it was switched off, and tells of the stores", () => {
    const annotations = { "openfunction.io/enable-dapr": "false" };
    const { args, left } = importFunction(serving({ annotations }));
    expect([args.dapr, args.annotations]).toEqual([
      undefined,
      { "module.wasm.image/variant": "compat-smart", ...annotations },
    ]);
    expect(left[0]).toEqual(["spec.serving.states.store.spec.type", "state.redis"]);
  });

  it("tells of empty fields that it does not know, and of no others", () => {
    const empty = { pubsub: {}, outputs: [], params: {}, scaleOptions: {}, annotations: {}, labels: {} };
    expect(importFunction(serving(empty)).left).toEqual([
      ["spec.serving.pubsub", {}],
      ["spec.serving.outputs", []],
    ]);
    const events = { ...SERVING, spec: { ...SERVING.spec, serving: { runtime: "async", inputs: [] } } };
    expect(importFunction(events).left).toEqual([["spec.serving.triggers.dapr", []]]);
  });

  it("takes null for what is not there", () => {
    const { args, left } = importFunction({ ...BUILD, spec: { ...BUILD.spec, serving: null, version: null } });
    expect([args.serve, left]).toEqual([false, []]);
    expect(args).toEqual(importFunction(BUILD).args);
  });

  it("keeps writable what Kubernetes mounts so", () => {
    const given = plain(RICH) as { spec: { serving: { template: { volumes: Loose[]; containers: Loose[] } } } };
    const sources: Loose[] = [{ emptyDir: {} }, { hostPath: { path: "/a" } }, { secret: { secretName: "s" } }];
    const { template } = given.spec.serving;
    template.volumes = [...sources, ...sources].map((source, index) => ({ name: `v${index}`, ...source }));
    template.containers[0]!.volumeMounts = template.volumes.map(({ name }, index) => ({
      name,
      mountPath: `/${name}`,
      ...(index < sources.length ? {} : { readOnly: true }),
    }));
    const { args } = importFunction(given as unknown as FunctionObject);
    expect(args.volumes?.map(({ readOnly }) => readOnly)).toEqual([
      ...[false, false, undefined],
      ...[undefined, undefined, undefined],
    ]);
    const mounts = functionDeployment({ ...args, name: "a", lane: "direct" }) as unknown as {
      spec: { template: { spec: { containers: { volumeMounts: { readOnly: boolean }[] }[] } } };
    };
    expect(mounts.spec.template.spec.containers[0]!.volumeMounts.map(({ readOnly }) => readOnly)).toEqual([
      ...[false, false, true],
      ...[true, true, true],
    ]);
  });

  it("complains of nothing that the API server wrote into a live object", () => {
    const written = {
      uid: "9ff1",
      resourceVersion: "12",
      generation: 2,
      creationTimestamp: "2024-01-01T00:00:00Z",
      managedFields: [{ manager: "kubectl", fieldsV1: { "f:spec": {} } }],
      selfLink: "/apis/a",
    };
    const live = { ...SERVING, metadata: { ...SERVING.metadata, ...written }, status: { serving: {} } };
    expect(importFunction(live)).toEqual(importFunction(SERVING));
    const owned = { ...live, metadata: { ...live.metadata, finalizers: ["a.example/b"] } };
    expect(importFunction(owned).left).toEqual([["metadata.finalizers[0]", "a.example/b"]]);
  });

  it("refuses what is no WebAssembly", () => {
    const native = { ...BUILD, spec: { ...BUILD.spec, workloadRuntime: "OCIContainer" } };
    expect(() => importFunction(native)).toThrow(/no WebAssembly function/);
  });

  it.each([
    ["10m", 600],
    ["1h30m", 5400],
    ["90s", 90],
    ["500ms", 1],
  ])("reads a duration: %s", (text, seconds) => expect(secondsOf(text)).toBe(seconds));

  it("refuses what is no duration", () => expect(() => secondsOf("10 minutes")).toThrow(/10 minutes/));
});

it("any function that this project renders comes back as itself", () => {
  fc.assert(
    fc.property(functionSpecs("openfunction"), ({ config: _, secrets: __, ...spec }) => {
      fc.pre(lintFunction(spec).every(({ severity }) => severity === "warning"));
      const given = plain(openFunction(spec));
      const { name, args, left } = importFunction(given as unknown as FunctionObject);
      expect(left).toEqual([]);
      expect(plain(openFunction({ ...args, name }))).toEqual(given);
    }),
  );
});
