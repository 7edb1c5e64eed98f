import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type FunctionSpec, LANES } from "../args";
import { findingText, lintFunction } from ".";

const SAMPLE = join(__dirname, "../../../samples/http-server");

const VARIANT = "module.wasm.image/variant";
const EXEC = { exec: { command: ["true"] } };
const SIDECAR = { name: "beside", image: "registry.example/beside:1" };

const found = (rule: string, spec: FunctionSpec): string[] =>
  lintFunction(JSON.parse(JSON.stringify(spec)))
    .filter((finding) => finding.rule === rule)
    .map(({ path }) => path);

describe("the same rules on the component's arguments", () => {
  const spec: FunctionSpec = {
    name: "echo",
    namespace: "fn",
    lane: "openfunction",
    image: "registry.example/echo:1",
    command: ["/echo.wasm"],
    build: { dockerfile: "Dockerfile", source: { url: "https://git.example/echo" } },
  };

  // biome-ignore lint/suspicious/noExplicitAny: what the types refuse is tried too
  const wrong: [string, any, string][] = [
    ["workload-runtime", { workloadRuntime: "wasmtime" }, "workloadRuntime"],
    ["variant", { annotations: { [VARIANT]: "smart" } }, `annotations["${VARIANT}"]`],
    ["handler", { annotations: { "run.oci.handler": "wasm" } }, 'annotations["run.oci.handler"]'],
    ["command", { command: ["/bin/sh"] }, "command[0]"],
    ["container-name", { sidecars: [{ ...SIDECAR, name: "function" }] }, "sidecars[0].name"],
    [
      "container-name",
      { lane: "direct", build: undefined, sidecars: [SIDECAR], initContainers: [SIDECAR] },
      "initContainers[0].name",
    ],
    [
      "mount-paths",
      { volumes: ["a", "b"].map((name) => ({ name, mountPath: "/a", source: { secret: {} } })) },
      "volumes[1].mountPath",
    ],
    [
      "mount-paths",
      { config: { data: { a: "1" }, mountPath: "/data" }, secrets: { data: { b: "1" }, mountPath: "/data/" } },
      "secrets.mountPath",
    ],
    ["exec-probe", { probes: { readiness: EXEC } }, "probes.readiness.exec"],
    ["compat-sidecars", { annotations: { [VARIANT]: "compat" } }, `annotations["${VARIANT}"]`],
    [
      "compat-sidecars",
      { lane: "direct", build: undefined, sidecars: [SIDECAR], annotations: { [VARIANT]: "compat" } },
      `annotations["${VARIANT}"]`,
    ],
    ["dapr-mode", { dapr: {}, annotations: { "dapr.io/app-protocol": "grpc" } }, 'annotations["dapr.io/app-protocol"]'],
    ["knative-fields", { initContainers: [SIDECAR] }, "initContainers"],
    [
      "knative-fields",
      { volumes: [{ name: "a", mountPath: "/a", source: { emptyDir: {} } }] },
      "volumes[0].source.emptyDir",
    ],
    ["knative-fields", { sidecars: [{ ...SIDECAR, lifecycle: {} }] }, "sidecars[0].lifecycle"],
    [
      "knative-fields",
      { sidecars: [{ ...SIDECAR, securityContext: { runAsUser: 1, seccompProfile: { type: "Localhost" } } }] },
      "sidecars[0].securityContext.seccompProfile",
    ],
    [
      "knative-fields",
      { sidecars: [{ ...SIDECAR, securityContext: { allowPrivilegeEscalation: true } }] },
      "sidecars[0].securityContext.allowPrivilegeEscalation",
    ],
    ["reserved-variables", { env: { K_SERVICE: "a" } }, "env.K_SERVICE"],
    ["dockerfile", { build: { source: spec.build!.source } }, "build.dockerfile"],
    ["foreign-image", { image: "openfunctiondev/echo:1", imageCredentials: "push" }, "image"],
    ["push-credentials", { image: "someone/echo:1" }, "imageCredentials"],
    ["parameters", { build: { ...spec.build!, params: { "build-args": "A=1" } } }, "build.params.build-args"],
    ["build-only", { serve: false }, "serve"],
  ];

  it.each(wrong)("%s: %j", (rule, change, path) => {
    expect(found(rule, spec)).toEqual([]);
    expect(found(rule, { ...spec, ...change })).toEqual([path]);
  });

  it("lets sidecars say what no lane would leave out, and in the lane direct all", () => {
    const securityContext = { runAsUser: 1, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    expect(found("knative-fields", { ...spec, sidecars: [{ ...SIDECAR, securityContext }] })).toEqual([]);
    const more = { ...SIDECAR, securityContext: { ...securityContext, runAsGroup: 1 } };
    expect(found("knative-fields", { ...spec, build: undefined, lane: "direct", sidecars: [more] })).toEqual([]);
  });

  it.each([
    ["replicas", { replicas: 1, scale: { max: 2 } }],
    ["scale.min", { scale: { min: 3, max: 2 } }],
    ["replicas", { replicas: 0 }],
    ["http.service", { http: { service: { port: 81 } } }],
    ["http.route", { lane: "knative", http: { route: { hostnames: ["a.example"] } } }],
    ["build", { apiVersion: "v1beta1", build: { ...spec.build!, args: { A: "1" } } }],
    ["build.timeoutSeconds", { apiVersion: "v1beta1", build: { ...spec.build!, timeoutSeconds: 5 } }],
    ["apiVersion", { lane: "knative", apiVersion: "v1beta1" }],
    ["serve", { serve: false, build: undefined }],
    ["build.job", { build: { ...spec.build!, job: { namespace: "builds" } } }],
    ["build.source.folder", { build: { dockerfile: "D", source: { folder: "echo" } } }],
    ["build.source.url", { build: { dockerfile: "D", source: { url: "folder" } } }],
    [
      "build.source.contextDir",
      { build: { dockerfile: "D", source: { url: "https://a.example/a", contextDir: "../a" } } },
    ],
    [
      "build.source.credentials",
      { build: { dockerfile: "D", source: { url: "https://a.example/a", credentials: { privateKey: "k" } } } },
    ],
    ["build.registries.insecure[0]", { build: { ...spec.build!, registries: { insecure: ["--x"] } } }],
    ["build.strategy.kind", { build: { ...spec.build!, strategy: { name: "a", kind: "Strategy" } } }],
    ["config.data.a-b", { config: { data: { "a-b": "1" } } }],
    ["volumes[1].name", { volumes: ["a", "a"].map((name) => ({ name, mountPath: "/a", source: { secret: {} } })) }],
  ])("arguments that the lane or another argument forbids: %s, %j", (path, change) => {
    expect(found("arguments", { ...spec, ...change } as FunctionSpec)).toEqual([path]);
  });

  it.each(LANES)("a password in a repository's URL is refused in the lane %s, and not shown", (lane) => {
    const source = { url: "https://u:SECRET@git.example/a", revision: "v1" };
    const job = lane === "direct" ? { job: { namespace: "builds" } } : {};
    const findings = lintFunction({ ...spec, lane, build: { ...spec.build!, source, ...job } });
    expect(findings.map(({ path }) => path)).toEqual(["build.source.url"]);
    expect(JSON.stringify(findings)).not.toContain("SECRET");
  });

  it.each(["main", undefined])("Shipwright clones by ssh's own form, and a branch: %s", (revision) => {
    const source = { url: "git@git.example:a/b", revision, credentials: "git" };
    expect(lintFunction({ ...spec, build: { ...spec.build!, source, timeoutSeconds: 1 } })).toEqual([]);
  });

  describe("a build in the lane direct", () => {
    const job = { namespace: "builds" };
    const direct: FunctionSpec = {
      ...spec,
      lane: "direct",
      build: { dockerfile: "Dockerfile", source: { url: "https://git.example/echo", revision: "v1" }, job },
    };

    it("has a folder, or a revision that stays, and a namespace that admits it", () => {
      expect(lintFunction(direct)).toEqual([]);
      const build = { ...direct.build!, source: { folder: SAMPLE } };
      expect(lintFunction({ ...direct, build })).toEqual([]);
      expect(lintFunction({ ...direct, build, serve: false })).toEqual([]);
    });

    it.each([
      ["build.job.namespace", { job: undefined }],
      ["build.strategy", { strategy: { name: "own" } }],
      ["build.params", { params: { a: "1" } }],
      ["build.source.revision", { source: { url: "https://git.example/echo" } }],
      ["build.source.revision", { source: { url: "https://git.example/echo", revision: "a..b" } }],
      ["build.source.credentials", { source: { url: "ssh://git.example/echo", revision: "v1" } }],
      ["build.timeoutSeconds", { timeoutSeconds: 3 }],
      ["build.timeoutSeconds", { timeoutSeconds: 100_000 }],
      ["build.dockerfile", { dockerfile: "../Dockerfile" }],
      ['build.args["1st"]', { args: { "1st": "1" } }],
      ["build.registries.search[1]", { registries: { search: ["docker.io", "--x"] } }],
      ["build.source.url", { source: { url: "git@git.example:a/b", revision: "v1" } }],
      ["build.source.url", { source: { url: "https://u:SECRET@git.example/a", revision: "v1" } }],
      ["build.source.url", { source: { url: "http://git.example/a", revision: "v1", credentials: "git" } }],
      ["build.source.contextDir", { source: { url: "https://git.example/a", revision: "v1", contextDir: "/" } }],
      ["build.source.folder", { source: { folder: "/nowhere" } }],
      ["build.source.folder", { dockerfile: "Docker", source: { folder: SAMPLE } }],
    ])("names what will not do: %s, %j", (path, change) => {
      expect(found("arguments", { ...direct, build: { ...direct.build!, ...change } } as FunctionSpec)).toEqual([path]);
    });

    it("names them too where its namespace is known only later", () => {
      const job = { namespace: pulumi.output("builds") };
      const build = { ...direct.build!, job, dockerfile: "../Dockerfile", timeoutSeconds: 3 };
      const paths = lintFunction({ ...direct, build }).map(({ path }) => path);
      expect(paths).toEqual(["build.dockerfile", "build.timeoutSeconds"]);
    });

    it("says them once, and with the reason and what would do", () => {
      expect(found("arguments", { ...direct, name: "Echo" })).toEqual(["name"]);
      expect(found("arguments", { ...direct, image: "a b", imageCredentials: "push" })).toEqual(["image"]);
      const [finding] = lintFunction({ ...direct, build: { ...direct.build!, dockerfile: "/Dockerfile" } });
      expect(findingText(finding!)).toBe('"/Dockerfile": leaves the source; give a path in it');
    });

    it("has a name that its Job can be called by, and a registry to push to", () => {
      expect(found("arguments", { ...direct, name: "a".repeat(41) })).toEqual(["name"]);
      expect(found("arguments", { ...direct, image: "echo:1", imageCredentials: "push" })).toEqual(["image"]);
    });
  });
});
