import * as pulumi from "@pulumi/pulumi";
import type { FunctionSpec } from "../args";
import { argumentProblems } from "../verification-args";
import { findingText, lintFunction } from ".";

const GOOD: FunctionSpec = {
  name: "http-server",
  namespace: "functions",
  image: "registry.example/http-server:1",
  command: ["/server.wasm", "--flag"],
  env: { GREETING: "hello" },
  http: { port: 8080, route: "/echo", service: { type: "NodePort", nodePort: 30080 } },
  probes: { readiness: { path: "/" } },
  annotations: { "module.wasm.image/variant": "compat-smart" },
  resources: { requests: { cpu: "0.5", memory: "64Mi" }, limits: { memory: "1G" } },
};

const STORE = { type: "state.redis", version: "v1", metadata: [] };

const paths = (spec: FunctionSpec): string[] => lintFunction(spec).map(({ path }) => path);

describe("lintFunction", () => {
  it("finds nothing wrong with a good function", () => expect(lintFunction(GOOD)).toEqual([]));

  const wrong: [string, Partial<Record<keyof FunctionSpec, unknown>>][] = [
    ["name", { name: "Http" }],
    ["name", { name: "1st" }],
    ["name", { name: "a".repeat(64) }],
    ["namespace", { namespace: "-a" }],
    ["image", { image: "" }],
    ["image", { image: "a b" }],
    ["command", { command: [] }],
    ["command[0]", { command: ["/bin/sh"] }],
    ["command[0]", { command: ["/server.wasm "] }],
    ["http.port", { http: { port: 80 } }],
    ["http.port", { http: { port: 70000 } }],
    ["http.port", { http: { port: 8080.5 } }],
    ["env.PORT", { env: { PORT: "1" } }],
    ["env.A-B", { env: { "A-B": "1" } }],
    ["replicas", { replicas: -1 }],
    ["drainSeconds", { drainSeconds: 301 }],
    ["http.service.type", { http: { service: { type: "LoadBalancer" } } }],
    ["http.service.nodePort", { http: { service: { type: "NodePort", nodePort: 0 } } }],
    ["http.service.nodePort", { http: { service: { nodePort: 30080 } } }],
    ["dapr.states.Store", { dapr: { states: { Store: STORE } } }],
    ["dapr.states.a_b", { dapr: { states: { good: STORE, a_b: STORE } } }],
    ['dapr.states["a..b"]', { dapr: { states: { "a..b": STORE } } }],
    [`dapr.states.${"a".repeat(254)}`, { dapr: { states: { ["a".repeat(254)]: STORE } } }],
    ["imagePullPolicy", { imagePullPolicy: "Sometimes" }],
    ["probes.liveness.exec", { probes: { liveness: { exec: { command: ["true"] } } } }],
    ["probes.readiness.path", { probes: { readiness: { path: "healthz" } } }],
    ['annotations["module.wasm.image/variant"]', { annotations: { "module.wasm.image/variant": "smart" } }],
    ["resources.requests.cpu", { resources: { requests: { cpu: "lots" } } }],
    ["resources.requests.memory", { resources: { requests: { memory: "64K" } } }],
    ["resources.limits.memory", { resources: { limits: { memory: "64ki" } } }],
    ["resources.limits.memory", { resources: { limits: { memory: "-1" } } }],
  ];

  it.each(wrong)("refuses a bad %s: %j", (path, change) => {
    expect(paths({ ...GOOD, ...change } as FunctionSpec)).toEqual([path]);
  });

  it.each(["1e3", "1E-2", "64k", "64Ki", "2E", "1.5Gi", ".5", "500u", "+1"])("takes the quantity %s", (cpu) => {
    expect(paths({ ...GOOD, resources: { requests: { cpu } } })).toEqual([]);
  });

  it("takes names of stores that an object may have", () => {
    const states = { store: STORE, "a.b-c.1": STORE, ["a".repeat(253)]: STORE };
    expect(paths({ ...GOOD, dapr: { states } })).toEqual([]);
  });

  it("reports everything at once, with value and way out", () => {
    const bad = {
      ...GOOD,
      name: "",
      command: ["/bin/sh"],
      http: { port: 80 },
      probes: { readiness: { exec: {} } },
    } as unknown as FunctionSpec;
    expect(paths(bad)).toEqual(["name", "http.port", "command[0]", "probes.readiness.exec"]);
    expect(findingText(lintFunction(bad)[2]!)).toBe(
      '"/bin/sh": must end in .wasm or .wat; anything else runs natively and fails to start (exec format error); name the module in the image',
    );
  });

  it("shows what is known, and of the rest that it comes later", () => {
    const later = pulumi.output(2);
    const texts = (spec: object): string[] => lintFunction({ ...GOOD, ...spec } as FunctionSpec).map(findingText);
    expect(texts({ replicas: later, scale: { max: 3 } })[0]).toMatch(/^\(known later\): will not do; not together/);
    const source = { configMap: { name: later }, secret: { secretName: "a" } };
    expect(texts({ volumes: [{ name: "a", mountPath: "/a", source }] })).toEqual([
      expect.stringMatching(/^\{"configMap":\{"name":"\(known later\)"\},"secret":\{"secretName":"a"\}\}: /),
    ]);
  });

  it("does not show what a function is asked", () => {
    const check = { path: "/a", body: "hush-hush", expect: pulumi.output("psst") };
    const [text] = argumentProblems(check, false).map(findingText);
    expect(text).toMatch(
      /^\{"path":"\/a","body":"\(not shown\)","expect":"\(not shown\)"\}: .*; false: nothing is served/,
    );
  });

  it("says nothing of what is not known yet", () => {
    expect(lintFunction({ ...GOOD, image: pulumi.output("a b"), command: pulumi.output(["/bin/sh"]) })).toEqual([]);
  });
});
