import * as pulumi from "@pulumi/pulumi";
import { WasmFunction, type WasmFunctionArgs } from ".";
import { checkedVariant } from "./checked";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

let registered: Registered[] = [];

beforeEach(() => {
  registered = [];
  pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      registered.push({ type, name, inputs });
      const live = type.endsWith(":Deployment") ? { status: { readyReplicas: 1 } } : {};
      return { id: `${name}-id`, state: { ...inputs, ...live } };
    },
    call: ({ inputs }) => inputs,
  });
});

afterEach(() => pulumi.runtime.disconnect());

const ARGS: WasmFunctionArgs = { namespace: "functions", image: "registry.example/a:1", command: ["/a.wasm"] };

const resolved = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));

describe("WasmFunction", () => {
  it("is a deployment and a service under the component's name", async () => {
    const made = new WasmFunction("echo", ARGS);
    await Promise.all([resolved(made.url), resolved(made.ready)]);
    expect(registered.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "kubernetes:apps/v1:Deployment echo-deployment",
      "kubernetes:core/v1:Service echo-service",
      "ofwasm:index:WasmFunction echo",
    ]);
    for (const { inputs } of registered.filter(({ type }) => type.startsWith("kubernetes:")))
      expect(inputs.metadata).toMatchObject({ name: "echo", namespace: "functions" });
  });

  it("gives the address inside the cluster, or on a machine's port when it has one", async () => {
    expect(await resolved(new WasmFunction("echo", ARGS).url)).toBe("http://echo.functions.svc.cluster.local");
    expect(await resolved(new WasmFunction("other", { ...ARGS, http: { service: { port: 81 } } }).url)).toBe(
      "http://other.functions.svc.cluster.local:81",
    );
    const http = { service: { type: "NodePort", nodePort: 30080 } } as const;
    const open = new WasmFunction("open", { ...ARGS, http, host: pulumi.output("10.1.2.3") });
    expect(await resolved(open.url)).toBe("http://10.1.2.3:30080");
  });

  it("is ready when as many pods are as were asked for", async () => {
    expect(await resolved(new WasmFunction("one", ARGS).ready)).toBe(true);
    expect(await resolved(new WasmFunction("two", { ...ARGS, replicas: 2 }).ready)).toBe(false);
  });

  it("refuses bad arguments, all at once and before any resource is made", () => {
    const bad = { ...ARGS, command: ["/bin/sh"], http: { port: 80 } };
    expect(() => new WasmFunction("echo", bad)).toThrow(pulumi.InputPropertiesError);
    expect(registered).toEqual([]);
  });

  it("checks values that come later once they are there", async () => {
    const spec = { ...ARGS, name: "late" };
    const later = (command: string[]) => settled(checkedVariant({ ...spec, command: pulumi.output(command) }));
    expect(await later(["/a.wasm"])).toBe("compat-smart");
    await expect(later(["/bin/sh"])).rejects.toThrow(pulumi.InputPropertiesError);
    expect(checkedVariant(spec)).toBe("compat-smart");
  });
});

interface Inner<T> {
  promise(): Promise<T>;
  allResources(): Promise<unknown>;
  isKnown: Promise<boolean>;
  isSecret: Promise<boolean>;
}

/** The SDK's own promise of an output, which fails when a step on the way to the value does; so do its others. */
function settled<T>(output: pulumi.Input<T>): Promise<T> {
  const inner = output as unknown as Inner<T>;
  for (const other of [inner.isKnown, inner.isSecret, inner.allResources()]) other.catch(() => {});
  return inner.promise();
}
