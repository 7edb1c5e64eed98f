import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { WasmFunction, type WasmFunctionArgs } from ".";
import { checkedVariant } from "./checked";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

let registered: Registered[] = [];
/** What a platform's controllers wrote into its objects. */
let live: Record<string, unknown> = {};

beforeEach(() => {
  registered = [];
  live = {};
  pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      registered.push({ type, name, inputs });
      const status = type.endsWith(":Deployment") ? { status: { readyReplicas: 1 } } : live;
      return { id: `${name}-id`, state: { ...inputs, ...status } };
    },
    call: ({ inputs }) => inputs,
  });
});

afterEach(() => pulumi.runtime.disconnect());

const ARGS: WasmFunctionArgs = {
  namespace: "functions",
  image: "registry.example/a:1",
  command: ["/a.wasm"],
  verify: false,
};

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
    const routed = (hostnames?: string[]) => {
      const route = { path: "/a", gateway: { name: "g", namespace: "g" }, ...(hostnames && { hostnames }) };
      return resolved(new WasmFunction("routed", { ...ARGS, http: { route } }).url);
    };
    expect(await routed(["*.example", "a.example"])).toBe("http://a.example/a");
    expect(await routed()).toBe("http://routed.functions.svc.cluster.local/a");
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

  it("takes no number of pods that is known later: with none, nothing can answer", () => {
    // @ts-expect-error an output
    const replicas: WasmFunctionArgs["replicas"] = pulumi.output(0);
    expect(() => new WasmFunction("echo", { ...ARGS, replicas })).toThrow(/echo/);
    expect(registered).toEqual([]);
  });

  it("checks values that come later once they are there", async () => {
    const spec = { ...ARGS, name: "late" };
    const later = (command: string[]) => settled(checkedVariant({ ...spec, command: pulumi.output(command) }));
    expect(await later(["/a.wasm"])).toBe("compat-smart");
    await expect(later(["/bin/sh"])).rejects.toThrow(pulumi.InputPropertiesError);
    expect(checkedVariant(spec)).toBe("compat-smart");
    const secret = { ...spec, env: { A: pulumi.secret("word") } };
    expect(await pulumi.isSecret(checkedVariant(secret) as pulumi.Output<string>)).toBe(false);
  });
});

test("the image is the given one where nothing is built, and where OpenFunction follows what it built itself", async () => {
  const build = { dockerfile: "Dockerfile", source: { url: "https://git.example/a" } };
  for (const args of [ARGS, { ...ARGS, lane: "knative" }, { ...ARGS, lane: "openfunction", build }] as const)
    expect(await resolved(new WasmFunction("echo", args).image)).toBe("registry.example/a:1");
});

describe("what a function brings beside what serves it", () => {
  const objects = (): string[] => registered.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort();
  const inputsOf = (name: string) => registered.find((one) => one.name === name)?.inputs as Record<string, unknown>;

  it("keeps data and logins in its own namespace, each of the type that its reader asks for", async () => {
    const made = new WasmFunction("echo", {
      ...ARGS,
      lane: "knative",
      imageCredentials: { server: "registry.example", username: "me", password: "word" },
      config: { data: { A: "1" } },
      secrets: { data: { "key.pem": "K" }, mountPath: "/keys" },
      build: {
        dockerfile: "Dockerfile",
        source: {
          url: "ssh://git.example/a",
          credentials: { privateKey: "KEY", knownHosts: "git.example ssh-ed25519 A" },
        },
      },
    });
    await resolved(made.ready);
    expect(objects()).toEqual([
      "Build echo-build",
      "BuildRun echo-build-run",
      "ConfigMap echo-config",
      "Secret echo-git",
      "Secret echo-registry",
      "Secret echo-secrets",
      "Service echo-service",
      "WasmFunction echo",
    ]);
    for (const name of ["echo-config", "echo-git", "echo-registry", "echo-secrets"])
      expect(inputsOf(name)).toMatchObject({ metadata: { namespace: "functions" }, immutable: true });
    const referenced = { annotations: { "build.shipwright.io/referenced.secret": "true" } };
    expect(inputsOf("echo-git")).toMatchObject({ type: "kubernetes.io/ssh-auth", metadata: referenced });
    expect(inputsOf("echo-registry")).toMatchObject({ type: "kubernetes.io/dockerconfigjson", metadata: referenced });
    expect(JSON.stringify(inputsOf("echo-registry"))).toContain(Buffer.from("me:word").toString("base64"));
  });

  it("in the lane direct is built by a Job, with its logins where they are read and nowhere else", async () => {
    const made = new WasmFunction("echo", {
      ...ARGS,
      image: "registry.example:5000/team/echo:1",
      imageCredentials: { server: "registry.example:5000", username: "me", password: "word" },
      build: {
        dockerfile: "Dockerfile",
        source: { url: "https://git.example/a", revision: "v1", credentials: { username: "me", password: "git" } },
        args: { A: "1" },
        job: { namespace: "builds", image: "registry.example:5000/buildah:1" },
      },
    });
    await resolved(made.ready);
    expect(objects()).toEqual([
      "Deployment echo-deployment",
      "ImageBuild echo-build",
      "Job echo-build-job",
      "Secret echo-git",
      "Secret echo-push",
      "Secret echo-registry",
      "Service echo-service",
      "WasmFunction echo",
    ]);
    const namespaces = ["echo-git", "echo-push", "echo-registry", "echo-build-job"].map(
      (name) => (inputsOf(name).metadata as { namespace: string }).namespace,
    );
    expect(namespaces).toEqual(["builds", "builds", "functions", "builds"]);
    const job = JSON.stringify(inputsOf("echo-build-job"));
    const [, pushed] = /"(registry\.example:5000\/team\/echo:[0-9a-f]{16})"/.exec(job) ?? [];
    expect(job).toContain("A=1");
    expect(await resolved(made.image)).toBe(pushed);
    expect(JSON.stringify(inputsOf("echo-deployment"))).toContain(`"image":"${pushed}"`);
  });

  it("has its logins and secrets in Secrets and nowhere else, in no way of writing them", async () => {
    const word = (): string => `${randomBytes(9).toString("hex")}"${randomBytes(9).toString("hex")}`;
    const [pull, git, key] = [word(), word(), word()];
    const made = new WasmFunction("echo", {
      ...ARGS,
      verify: { expect: "a" },
      imageCredentials: { server: "registry.example", username: "me", password: pull },
      secrets: { data: { KEY: key } },
      build: {
        dockerfile: "Dockerfile",
        source: { url: "https://git.example/a", revision: "v1", credentials: { username: "me", password: git } },
        job: { namespace: "builds" },
      },
    });
    await Promise.all([resolved(made.ready), resolved(made.url), resolved(made.image)]);
    const holding = (secret: string): string[] =>
      registered.filter(({ inputs }) => ways(secret).some((way) => holds(inputs, way))).map(({ name }) => name);
    expect(objects()).toEqual(expect.arrayContaining(["Job echo-verify", "Job echo-build-job", "WasmFunction echo"]));
    expect(holding(pull).sort()).toEqual(["echo-push", "echo-registry"]);
    expect(holding(git)).toEqual(["echo-git"]);
    expect(holding(key)).toEqual(["echo-secrets"]);
  });

  it("builds without serving", async () => {
    const build = {
      dockerfile: "Dockerfile",
      source: { folder: join(__dirname, "../../samples/http-server") },
      job: { namespace: "builds" },
    };
    const made = new WasmFunction("echo", { ...ARGS, build, serve: false });
    expect(await resolved(made.ready)).toBe(true);
    expect(await resolved(made.image)).toMatch(/^registry\.example\/a:[0-9a-f]{16}$/);
    expect(objects()).toEqual([
      "ConfigMap echo-build-source",
      "ImageBuild echo-build",
      "Job echo-build-job",
      "WasmFunction echo",
    ]);
  });

  it("takes a password for a repository over HTTPS", async () => {
    const source = { url: "https://git.example/a", credentials: { username: "me", password: "word" } };
    const build = { dockerfile: "Dockerfile", source };
    await resolved(new WasmFunction("echo", { ...ARGS, lane: "openfunction", build }).ready);
    expect(inputsOf("echo-git")).toMatchObject({ type: "kubernetes.io/basic-auth" });
    expect(inputsOf("echo-function")).toMatchObject({
      metadata: { annotations: { "pulumi.com/waitFor": "jsonpath={.status.serving.state}=Running" } },
    });
  });

  it("asks the function once it serves, when there is a question", async () => {
    const asked = { ...ARGS, http: { route: "/echo" }, verify: { body: "a", expect: "a" } };
    await resolved(new WasmFunction("echo", asked).url);
    await resolved(new WasmFunction("quiet", { ...ARGS, verify: false }).url);
    await resolved(new WasmFunction("asleep", { ...ARGS, verify: { expect: "a" }, replicas: 0 }).url);
    await resolved(new WasmFunction("alone", { ...ARGS, verify: undefined, lane: "knative", wait: false }).url);
    await resolved(new WasmFunction("plain", { ...ARGS, verify: undefined }).url);
    expect(objects().filter((one) => one.startsWith("Job "))).toEqual(["Job echo-verify", "Job plain-verify"]);
    expect(JSON.stringify(inputsOf("plain-verify"))).toContain('"VERIFY_ANY"');
    expect(JSON.stringify(inputsOf("plain-verify"))).not.toContain('"VERIFY_GATEWAY"');
    expect(JSON.stringify(inputsOf("echo-verify"))).not.toContain('"VERIFY_ANY"');
    await resolved(new WasmFunction("routed", { ...ARGS, verify: undefined, lane: "knative" }).url);
    expect(JSON.stringify(inputsOf("routed-verify"))).toContain('"VERIFY_GATEWAY"');
    const { spec } = inputsOf("echo-verify") as { spec: { template: { spec: { containers: { env: object[] }[] } } } };
    expect(spec.template.spec.containers[0]!.env).toContainEqual({
      name: "VERIFY_URL",
      value: "http://echo.functions.svc.cluster.local/echo",
    });
  });

  it("waits for nothing where the controllers do not run", async () => {
    await resolved(new WasmFunction("echo", { ...ARGS, lane: "knative", wait: false }).ready);
    expect(inputsOf("echo-service")).toMatchObject({ metadata: { annotations: { "pulumi.com/skipAwait": "true" } } });
  });

  it("has an autoscaler, a route and Dapr's stores where they are asked for", async () => {
    const route = { path: "/a", gateway: { name: "g", namespace: "g" } };
    const states = { store: { type: "state.redis", version: "v1", metadata: [] } };
    await resolved(new WasmFunction("echo", { ...ARGS, scale: { max: 3 }, http: { route }, dapr: { states } }).ready);
    expect(objects()).toEqual([
      "Component echo-component-store",
      "Deployment echo-deployment",
      "HTTPRoute echo-httproute",
      "HorizontalPodAutoscaler echo-autoscaler",
      "Service echo-service",
      "WasmFunction echo",
    ]);
    expect(inputsOf("echo-component-store")).toMatchObject({ scopes: ["echo-functions"] });
  });
});

describe("outputs of the lanes of a platform", () => {
  it("are what their controllers say", async () => {
    live = { status: { url: "http://echo.ofn.example", conditions: [{ type: "Ready", status: "True" }] } };
    const knative = new WasmFunction("echo", { ...ARGS, lane: "knative", http: { route: "/echo" } });
    expect(await resolved(knative.url)).toBe("http://echo.ofn.example/echo");
    expect(await resolved(knative.address)).toBe("http://echo.functions.svc.cluster.local");
    expect(await resolved(knative.ready)).toBe(true);
    live = { status: { serving: { state: "Running" }, addresses: [{ type: "External", value: "http://x.example/" }] } };
    const openfunction = new WasmFunction("other", { ...ARGS, lane: "openfunction" });
    expect(await resolved(openfunction.url)).toBe("http://x.example");
    expect(await resolved(openfunction.ready)).toBe(true);
    live = { status: { serving: { state: "Starting" } } };
    expect(await resolved(new WasmFunction("late", { ...ARGS, lane: "openfunction" }).ready)).toBe(false);
  });

  it("roll the function to the digest that its build pushed", async () => {
    live = { status: { output: { digest: `sha256:${"0".repeat(64)}` } } };
    const build = { dockerfile: "Dockerfile", source: { url: "https://git.example/a" } };
    const made = new WasmFunction("echo", { ...ARGS, lane: "knative", build });
    const alone = new WasmFunction("alone", { ...ARGS, lane: "knative", build, serve: false });
    for (const { image } of [made, alone])
      expect(await resolved(image)).toBe(`registry.example/a@sha256:${"0".repeat(64)}`);
    await resolved(made.ready);
    const service = registered.find(({ name }) => name === "echo-service")?.inputs;
    expect(JSON.stringify(service)).toContain(`"image":"registry.example/a@sha256:${"0".repeat(64)}"`);
  });
});

describe("a build of Shipwright's", () => {
  const build = { dockerfile: "Dockerfile", source: { url: "https://git.example/a" } };
  const failed = { type: "Succeeded", status: "False", reason: "BuildRunTimeout", message: "no answer" };

  it("is waited for until it ends, well or not", async () => {
    live = { status: { completionTime: "2026-01-01T00:00:00Z", conditions: [{ ...failed, status: "True" }] } };
    const made = new WasmFunction("echo", { ...ARGS, lane: "knative", build, serve: false });
    expect(await resolved(made.ready)).toBe(true);
    const run = registered.find(({ name }) => name === "echo-build-run")?.inputs;
    expect(run).toMatchObject({
      metadata: { annotations: { "pulumi.com/waitFor": "jsonpath={.status.completionTime}" } },
    });
  });

  it("is not looked at where nothing is waited for", async () => {
    live = { status: { conditions: [failed] } };
    const made = new WasmFunction("echo", { ...ARGS, lane: "knative", build, serve: false, wait: false });
    expect(await resolved(made.ready)).toBe(false);
  });

  it("has a trigger where another run is another object, and only there", () => {
    const triggered = { ...build, trigger: "again" };
    expect(() => new WasmFunction("echo", { ...ARGS, lane: "openfunction", build: triggered })).toThrow(
      pulumi.InputPropertiesError,
    );
    expect(registered).toEqual([]);
  });
});

/** A secret as it may be written down: as it is, within JSON once and twice, and in base64 after whatever stands before. */
function ways(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const twice = JSON.stringify(escaped).slice(1, -1);
  const encoded = [secret, escaped].flatMap((text) =>
    [0, 1, 2].map((shift) =>
      Buffer.from("x".repeat(shift) + text)
        .toString("base64")
        .slice(4, -4),
    ),
  );
  return [secret, escaped, twice, ...encoded];
}

/** Whether a text is anywhere in a value, among its strings or its names. */
function holds(value: unknown, text: string): boolean {
  if (typeof value === "string") return value.includes(text);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, one]) => name.includes(text) || holds(one, text));
}

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
