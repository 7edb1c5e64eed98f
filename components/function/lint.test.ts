import * as pulumi from "@pulumi/pulumi";
import type { FunctionSpec } from "./args";
import { lintFunction } from "./lint";

const GOOD: FunctionSpec = {
  name: "http-server",
  namespace: "functions",
  image: "registry.example/http-server:1",
  command: ["/server.wasm", "--flag"],
  port: 8080,
  env: { GREETING: "hello" },
  service: { type: "NodePort", nodePort: 30080 },
  probe: { path: "/" },
  annotations: { "module.wasm.image/variant": "compat" },
  resources: { requests: { cpu: "0.5", memory: "64Mi" }, limits: { memory: "1G" } },
};

const paths = (spec: FunctionSpec): string[] => lintFunction(spec).map(({ propertyPath }) => propertyPath);

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
    ["port", { port: 80 }],
    ["port", { port: 70000 }],
    ["port", { port: 8080.5 }],
    ["env.PORT", { env: { PORT: "1" } }],
    ["env.A-B", { env: { "A-B": "1" } }],
    ["replicas", { replicas: -1 }],
    ["drainSeconds", { drainSeconds: 301 }],
    ["service.type", { service: { type: "LoadBalancer" } }],
    ["service.nodePort", { service: { type: "NodePort", nodePort: 0 } }],
    ["service.nodePort", { service: { nodePort: 30080 } }],
    ["imagePullPolicy", { imagePullPolicy: "Sometimes" }],
    ["probe.exec", { probe: { exec: { command: ["true"] } } }],
    ["probe.path", { probe: { path: "healthz" } }],
    ['annotations["module.wasm.image/variant"]', { annotations: { "module.wasm.image/variant": "smart" } }],
    ["resources.requests.cpu", { resources: { requests: { cpu: "lots" } } }],
  ];

  it.each(wrong)("refuses a bad %s: %j", (path, change) => {
    expect(paths({ ...GOOD, ...change } as FunctionSpec)).toEqual([path]);
  });

  it("reports everything at once, with value and way out", () => {
    const bad = { ...GOOD, name: "", command: ["/bin/sh"], port: 80, probe: { exec: {} } } as unknown as FunctionSpec;
    expect(paths(bad)).toEqual(["name", "command[0]", "port", "probe.exec"]);
    expect(lintFunction(bad)[1]?.reason).toBe(
      '"/bin/sh": must end in .wasm or .wat; anything else runs natively and fails to start',
    );
  });

  it("says nothing of what is not known yet", () => {
    expect(lintFunction({ ...GOOD, image: pulumi.output("a b"), command: pulumi.output(["/bin/sh"]) })).toEqual([]);
  });
});
