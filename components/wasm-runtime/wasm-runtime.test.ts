import * as pulumi from "@pulumi/pulumi";
import { PROVED_LABEL, type Proof, WasmRuntime, type WasmRuntimeArgs } from ".";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

let registered: Registered[] = [];
let dependencies: Record<string, string[]> = {};

beforeEach(() => {
  registered = [];
  dependencies = {};
  pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      registered.push({ type, name, inputs });
      return { id: `${name}-id`, state: inputs };
    },
    call: ({ inputs }) => inputs,
  });
  recordDependencies();
});

/** The part of a registration that mocks do not see. */
interface Request {
  getName(): string;
  getDependenciesList(): string[];
}

function recordDependencies(): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource(request: Request, done: unknown): void };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) => {
    dependencies[request.getName()] = request.getDependenciesList().map((urn) => urn.split("::").at(-1) ?? "");
    register(request, done);
  };
}

const proof: Proof = {
  crun: "1.21",
  wasmedge: "0.14.1",
  containerd: "1.7.24",
  payload: "sha256:abc",
  provedAt: "2026-01-02T03:04:05Z",
};

/** Waits until the SDK has registered everything. */
async function made(args: WasmRuntimeArgs): Promise<WasmRuntime> {
  const runtime = new WasmRuntime("wasm", args);
  await new Promise((resolve) => runtime.className.apply(resolve));
  await pulumi.runtime.disconnect();
  return runtime;
}

const inputsOf = (name: string): Record<string, unknown> | undefined =>
  registered.find((each) => each.name === name)?.inputs;

describe("WasmRuntime", () => {
  it("makes the class that OpenFunction names, for nodes with the label only", async () => {
    await made({ nodes: [] });
    expect(inputsOf("wasm-class")).toMatchObject({
      metadata: { name: "openfunction-crun" },
      handler: "crun",
      scheduling: { nodeSelector: { "ofwasm.dev/wasmedge": "proved" } },
    });
    expect(inputsOf("wasm-class")).not.toHaveProperty("overhead");
  });

  it("gives each proved node the very label that the class asks for, and says what was proved", async () => {
    await made({ nodes: ["node-0", "node-1"].map((name) => ({ name, proof })) });
    for (const node of ["node-0", "node-1"])
      expect(inputsOf(`wasm-${node}`)).toMatchObject({
        metadata: {
          name: node,
          labels: PROVED_LABEL,
          annotations: {
            "ofwasm.dev/crun-version": "1.21",
            "ofwasm.dev/wasmedge-version": "0.14.1",
            "ofwasm.dev/containerd-version": "1.7.24",
            "ofwasm.dev/payload": "sha256:abc",
            "ofwasm.dev/proved-at": "2026-01-02T03:04:05Z",
          },
        },
      });
    expect(registered.filter(({ type }) => type === "kubernetes:core/v1:NodePatch")).toHaveLength(2);
  });

  it("marks a node only after what the node waits for, and no other node", async () => {
    class Join extends pulumi.CustomResource {}
    const joined = new Join("test:index:Join", "join-1", {});
    await made({
      nodes: [
        { name: "node-0", proof },
        { name: "node-1", proof, dependsOn: [joined] },
      ],
    });
    expect(dependencies["wasm-node-1"]).toEqual(["join-1"]);
    expect(dependencies["wasm-node-0"]).toEqual([]);
  });

  it("marks a node only after its proof, when that comes from another resource", async () => {
    class Proved extends pulumi.CustomResource {
      declare readonly stdout: pulumi.Output<string>;
    }
    const proved = new Proved("test:index:Proved", "prove-0", { stdout: "1.22" });
    await made({ nodes: [{ name: "node-0", proof: { ...proof, crun: proved.stdout } }] });
    expect(dependencies["wasm-node-0"]).toEqual(["prove-0"]);
  });

  it("takes another name and an overhead", async () => {
    const runtime = await made({ nodes: [], className: "wasm", overhead: { memory: "16Mi" } });
    expect(inputsOf("wasm-class")).toMatchObject({
      metadata: { name: "wasm" },
      overhead: { podFixed: { memory: "16Mi" } },
    });
    expect(await new Promise((resolve) => runtime.className.apply(resolve))).toBe("wasm");
  });

  it("refuses a node that is named twice, before any resource is made", () => {
    const nodes = ["a", "b", "a"].map((name) => ({ name, proof }));
    expect(() => new WasmRuntime("wasm", { nodes })).toThrow(pulumi.InputPropertiesError);
    expect(registered).toEqual([]);
  });
});
