import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { functionDeployment } from "../../components/function";
import type { KubernetesObject } from "../../components/manifests";
import {
  BUILDAH_IMAGE,
  type BuildPodArgs,
  type BuildResults,
  buildNamespace,
  buildPodSpec,
  buildResults,
} from "../../components/platform";
import { dockerConfigSecret, registryHost, registryHostsToml, registryObjects } from "../../components/registry";
import { programLayer, SKELETON } from "../../infra/local/image/node-images";
import { run } from "../../infra/process";
import { buildahImage, registryImage } from "../../infra/toolchain/build-images";
import { buildImagesRoot } from "../../infra/toolchain/build-images/root";
import { encodeImage, readStoredImage, type StoredImage } from "../../infra/toolchain/oci";
import { streamProgress } from "../../infra/toolchain/progress";
import { moduleFile, sampleModule } from "../../infra/toolchain/sample";
import { type Artifact, ensure } from "../../infra/toolchain/store";
import { note } from "./command";
import { RegistryClient } from "./registry-client";
import { DevStack, describeOnHost, eventually, type Login, READY } from "./stack";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

const REGISTRY = { name: "registry", namespace: "images" };
const HOST = registryHost(REGISTRY);
/** Port of the machine by which this host asks the registry. */
const NODE_PORT = 30500;

const BUILDS = "builds";
const PRIVILEGED = "privileged-builds";
const RESTRICTED = "restricted-builds";

const MODULE_FILE = moduleFile("http-server");

const SOURCE = { configMap: "source", key: "source.tar.gz" };

const MODULE_DOCKERFILE = `FROM scratch
COPY ${MODULE_FILE} /${MODULE_FILE}
USER 65532:65532
STOPSIGNAL SIGKILL
ENTRYPOINT [ "/${MODULE_FILE}" ]
`;

/** Files are made, given away and read as another user: what Dockerfiles do with RUN. */
const RUN_DOCKERFILE = `ARG BASE
FROM $BASE AS made
ARG GREETING
RUN mkdir /made && printf '%s' "$GREETING" >/made/greeting
COPY --chown=1234:1234 given /made/
USER nobody
RUN cat /made/given >/tmp/seen
FROM scratch
COPY --from=made /made/greeting /tmp/seen /
`;

const path = async (artifact: Artifact): Promise<string> =>
  (await ensure(artifact, { progress: streamProgress() })).path;

/** What a build came to. */
interface Build extends BuildResults {
  exitCode: number;
  log: string;
}

interface Pod {
  status: {
    phase: string;
    containerStatuses: [{ imageID: string; state: { terminated: { exitCode: number; message?: string } } }];
  };
}

describeOnHost("images built in a pod of the cluster", () => {
  const credentials = { username: "builder", password: randomBytes(24).toString("base64url") };
  let folder: string;
  let stack: DevStack;
  let login: Login;
  let registry: RegistryClient;
  /** Digest of the image of the sample's module. */
  let digest: string;

  const apply = (objects: readonly object[], flags = ""): Promise<string> =>
    login.kubectl(`apply ${flags} -f -`, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));

  const pod = (name: string, namespace: string, change: Partial<BuildPodArgs> = {}) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: buildPodSpec({
      image: `${HOST}/module:1`,
      contextDir: "module",
      source: SOURCE,
      credentials: "push",
      ...change,
      parameters: { "registries-insecure": [HOST], ...change.parameters },
    }) as Record<string, unknown>,
  });

  /** Runs a build to its end, however it ends. */
  const build = async (wanted: ReturnType<typeof pod>): Promise<Build> => {
    const { name, namespace } = wanted.metadata;
    const begun = performance.now();
    await apply([wanted]);
    const ask = async (): Promise<Pod> =>
      JSON.parse(await login.kubectl(`-n ${namespace} get pod ${name} -o json`)) as Pod;
    const { status } = await eventually(ask, ({ status: { phase } }) => /Succeeded|Failed/.test(phase), 60_000);
    const log = await login.kubectl(`-n ${namespace} logs ${name} --all-containers`);
    const ended = status.containerStatuses?.[0]?.state.terminated;
    if (!ended) throw new Error(`the build ${name} did not end: ${JSON.stringify(status)}\n${log}`);
    note(`${name}: exit code ${ended.exitCode} after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    return { exitCode: ended.exitCode, log, ...buildResults(ended.message ?? "") };
  };

  /** Puts an image on the machine, pinned, under one more name where it is wanted. */
  const place = async ({ reference, archive }: StoredImage, name = reference): Promise<string> => {
    await login.ssh(0, "ctr -n k8s.io images import - >/dev/null", readFileSync(archive));
    if (name !== reference) await login.ssh(0, `ctr -n k8s.io images tag ${reference} ${name}`);
    await login.ssh(0, `ctr -n k8s.io images label ${name} io.cri-containerd.pinned=pinned`);
    return name;
  };

  /** The source of all builds here: a folder for each. */
  const source = async (): Promise<Buffer> => {
    const write = (file: string, text: string): void => {
      mkdirSync(join(folder, file, ".."), { recursive: true });
      writeFileSync(join(folder, file), text);
    };
    write("module/Dockerfile", MODULE_DOCKERFILE);
    copyFileSync(join(await path(sampleModule("http-server")), MODULE_FILE), join(folder, "module", MODULE_FILE));
    write("run/build/Dockerfile", RUN_DOCKERFILE);
    write("run/given", "from the source");
    const archive = join(folder, "..", "source.tar.gz");
    await run("tar", ["-C", folder, "-czf", archive, "."]);
    return readFileSync(archive);
  };

  beforeAll(async () => {
    folder = join(mkdtempSync(join(tmpdir(), "ofwasm-build-")), "source");
    mkdirSync(folder);
    stack = await DevStack.open("e2e-bpod");
    expect(await stack.must("up")).toMatch(READY);
    login = await stack.login();
    const registryName = await place(readStoredImage(await path(registryImage())));
    // What the strategy asks for, by the name it asks for.
    await place(readStoredImage(await path(buildahImage())), BUILDAH_IMAGE);

    const wrong = { ...credentials, password: "not-the-password" };
    const archive = (await source()).toString("base64");
    const secret = (name: string, namespace: string, who: typeof wrong): KubernetesObject =>
      dockerConfigSecret({ name, namespace }, { [HOST]: who });
    const enforcing = (name: string, level: string): KubernetesObject => ({
      ...buildNamespace(name),
      metadata: { name, labels: { "pod-security.kubernetes.io/enforce": level } },
    });
    await apply([
      buildNamespace(BUILDS),
      buildNamespace(PRIVILEGED, { privileged: true }),
      enforcing(RESTRICTED, "restricted"),
      enforcing(REGISTRY.namespace, "restricted"),
      ...[BUILDS, PRIVILEGED].flatMap((namespace) => [
        secret("push", namespace, credentials),
        secret("wrong", namespace, wrong),
        {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: SOURCE.configMap, namespace },
          binaryData: { [SOURCE.key]: archive },
        },
      ]),
      secret("pull", "functions", credentials),
      ...Object.values(registryObjects({ ...REGISTRY, image: registryName, login: credentials })),
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "from-outside", namespace: REGISTRY.namespace },
        spec: {
          type: "NodePort",
          selector: { "app.kubernetes.io/name": REGISTRY.name },
          ports: [{ port: 5000, nodePort: NODE_PORT }],
        },
      },
    ]);
    await login.kubectl(`-n ${REGISTRY.namespace} rollout status deployment/${REGISTRY.name} --timeout 50s`);
    const [machine] = await stack.machines();
    registry = new RegistryClient(`http://${machine?.address}:${NODE_PORT}`, credentials);
    // The machine opens a Service's port a moment after its pod is ready.
    await eventually(
      () => registry.status().catch(() => 0),
      (status) => status > 0,
    );
  });

  afterAll(async () => {
    await stack.close();
    rmSync(join(folder, ".."), { recursive: true, force: true });
  });

  it("the registry lets in who has the password, and nobody else", async () => {
    expect(await registry.status(credentials)).toBe(200);
    expect(await registry.status()).toBe(401);
    expect(await registry.status({ ...credentials, password: "not-the-password" })).toBe(401);
  });

  it("a build's pod is let into namespaces by what it needs: baseline, or privileged where that is asked for", async () => {
    const privileged = { strategy: { privileged: true } };
    const verdict = async (namespace: string, change = {}): Promise<string> =>
      await apply([pod("asked", namespace, change)], "--dry-run=server").catch((error: Error) => error.message);
    expect(await verdict(BUILDS)).toBe("pod/asked created (server dry run)");
    expect(await verdict(RESTRICTED)).toMatch(/violates PodSecurity "restricted:/);
    expect(await verdict(BUILDS, privileged)).toMatch(/violates PodSecurity "baseline:.*privileged/);
    expect(await verdict(PRIVILEGED, privileged)).toBe("pod/asked created (server dry run)");
  });

  it("a Dockerfile becomes an annotated image in the registry, and the result is its digest", async () => {
    const built = await build(pod("copied", BUILDS));
    expect(built).toMatchObject({ exitCode: 0, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    const found = await registry.manifest("module", "1");
    expect(found.digest).toBe(built.digest);
    expect(found.manifest.annotations).toMatchObject({ "module.wasm.image/variant": "compat-smart" });
    const config = JSON.parse((await registry.blob("module", found.manifest.config.digest)).toString());
    expect(config).toMatchObject({
      os: "linux",
      config: { User: "65532:65532", StopSignal: "SIGKILL", Entrypoint: [`/${MODULE_FILE}`] },
    });
    digest = found.digest;
  });

  /** An image with a shell, for RUN. */
  const pushBase = async (): Promise<string> => {
    const root = join(await path(buildImagesRoot()), "root");
    const programs = ["dash", "cat", "mkdir"].map((name) => `/usr/bin/${name}`);
    const layer = [...(await programLayer(root, programs)), { path: "/usr/bin/sh", link: "dash" }, ...SKELETON];
    await registry.push("base", "1", await encodeImage({ names: [`${HOST}/base:1`], layers: [layer] }));
    return `${HOST}/base:1`;
  };

  /** A file of the last layers of an image. */
  const fileOf = async (repository: string, file: string): Promise<string> => {
    const { manifest } = await registry.manifest(repository, "1");
    const blobs = await Promise.all(manifest.layers.map((layer) => registry.blob(repository, layer.digest)));
    const archive = join(folder, "layer.tar");
    for (const blob of blobs) {
      writeFileSync(archive, gunzipSync(blob));
      const { stdout } = await run("sh", ["-c", `tar -xOf "$1" "$2" 2>/dev/null || :`, "sh", archive, file]);
      if (stdout) return stdout;
    }
    return "";
  };

  it.each([
    [BUILDS, false],
    [PRIVILEGED, true],
  ])("RUN works in %s, on a base that is pulled with the same credentials", async (namespace, privileged) => {
    const repository = `run-${namespace}`;
    const built = await build(
      pod("run", namespace, {
        image: `${HOST}/${repository}:1`,
        contextDir: "run",
        dockerfile: "build/Dockerfile",
        strategy: { privileged },
        parameters: { "build-args": [`BASE=${await pushBase()}`, `GREETING=two words, ${namespace}`] },
      }),
    );
    expect(built.exitCode === 0 ? "" : built.log).toBe("");
    expect((await registry.manifest(repository, "1")).digest).toBe(built.digest);
    expect([await fileOf(repository, "greeting"), await fileOf(repository, "seen")]).toEqual([
      `two words, ${namespace}`,
      "from the source",
    ]);
  });

  it("a privileged build of the module gives the same content", async () => {
    const image = `${HOST}/module-privileged:1`;
    const built = await build(pod("copied", PRIVILEGED, { image, strategy: { privileged: true } }));
    expect(built.exitCode === 0 ? "" : built.log).toBe("");
    const { digest: pushed, manifest } = await registry.manifest("module-privileged", "1");
    expect(pushed).toBe(built.digest);
    const layers = async (of: typeof manifest, from: string): Promise<unknown> =>
      JSON.parse((await registry.blob(from, of.config.digest)).toString()).config;
    const { manifest: other } = await registry.manifest("module", "1");
    expect(await layers(manifest, "module-privileged")).toEqual(await layers(other, "module"));
  });

  it.each<[string, Partial<BuildPodArgs>, string, RegExp]>([
    ["wrong password", { credentials: "wrong" }, "ImagePushFailed", /unauthorized: authentication required/],
    ["no password", { credentials: undefined }, "ImagePushFailed", /unauthorized|no basic auth credentials/],
    ["missing context", { contextDir: "nowhere" }, "ContextDirNotFound", /no folder \/workspace\/source\/nowhere/],
    ["missing Dockerfile", { dockerfile: "Dockerfil" }, "DockerfileNotFound", /module has no file Dockerfil/],
    [
      "registry not said to be insecure",
      { parameters: { "registries-insecure": ["other.example"] } },
      "ImagePushFailed",
      /server gave HTTP response to HTTPS client/,
    ],
    [
      "failing Dockerfile",
      { contextDir: "run", dockerfile: "build/Dockerfile", parameters: { "build-args": ["BASE=scratch"] } },
      "ImageBuildFailed",
      /Error: building at STEP "RUN mkdir/,
    ],
  ])("a build with a %s says so", async (title, change, reason, message) => {
    const failed = await build(pod(title.toLowerCase().replaceAll(" ", "-"), BUILDS, change));
    expect(failed).toMatchObject({ exitCode: 1, reason, message: expect.stringMatching(message) });
    expect(failed.digest).toBeUndefined();
    expect(failed.log).toMatch(message);
  });

  it("registries.conf is there with all lists empty, and with what they hold", async () => {
    const configuration = ({ log }: Build): string => /^registries\.conf:\n((?:.*\n)*?)(?=STEP)/m.exec(log)?.[1] ?? "";
    const none = { "registries-search": [], "registries-insecure": [], "registries-block": [] };
    const empty = await build(pod("empty-lists", BUILDS, { parameters: none }));
    expect(configuration(empty)).toBe("unqualified-search-registries = []\n");
    // The build itself is done with it; only the push wants TLS.
    expect(empty.log).toMatch(/^Successfully tagged/m);
    const full = await build(pod("full-lists", BUILDS, { parameters: { "registries-block": ["evil.example"] } }));
    expect(full.exitCode).toBe(0);
    expect(configuration(full)).toBe(
      [
        'unqualified-search-registries = ["docker.io", "quay.io"]',
        '[[registry]]\nlocation = "evil.example"\nblocked = true',
        `[[registry]]\nlocation = "${HOST}"\ninsecure = true\n`,
      ].join("\n"),
    );
  });

  it("nothing is pulled from a blocked registry", async () => {
    const parameters = { "registries-block": [HOST], "build-args": [`BASE=${HOST}/base:1`] };
    const failed = await build(
      pod("blocked", BUILDS, { contextDir: "run", dockerfile: "build/Dockerfile", parameters }),
    );
    expect(failed).toMatchObject({
      exitCode: 1,
      reason: "ImageBuildFailed",
      message: expect.stringMatching(/blocked/),
    });
  });

  it("a node whose default is the runtime's seccomp profile refuses the unprivileged build, and it says so", async () => {
    const confined = pod("seccomp", BUILDS);
    confined.spec.securityContext = { seccompProfile: { type: "RuntimeDefault" } };
    expect(await build(confined)).toMatchObject({
      exitCode: 1,
      reason: "ImageBuildFailed",
      message: expect.stringMatching(/unshare\(CLONE_NEWUSER\): Operation not permitted/),
    });
  });

  /** A function of the image that was built, by its digest. */
  const deployed = (name: string, imageCredentials?: string): object => {
    const image = `${HOST}/module@${digest}`;
    const spec = { name, namespace: "functions", image, command: [`/${MODULE_FILE}`], replicas: 1, imageCredentials };
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      ...functionDeployment({ ...spec, imagePullPolicy: "Always" as const }),
    };
  };

  it("the machine pulls what was built, and it answers under openfunction-crun", async () => {
    const service = `-n ${REGISTRY.namespace} get service ${REGISTRY.name} -o jsonpath={.spec.clusterIP}`;
    const hosts = `/etc/containerd/certs.d/${HOST}`;
    const toml = registryHostsToml(HOST, await login.kubectl(service));
    // The name is one of the cluster's DNS, which a machine does not ask.
    await login.ssh(0, `mkdir -p ${hosts} && cat >${hosts}/hosts.toml`, toml);
    await apply([deployed("built", "pull"), deployed("no-password")]);
    const begun = performance.now();
    await login.kubectl("-n functions rollout status deployment/built --timeout 50s");
    note(`applied to ready, pull included: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    const ready = await login.kubectl("-n functions get pods -l app.kubernetes.io/name=built -o json");
    const [{ spec, status }] = (
      JSON.parse(ready) as {
        items: [{ spec: { runtimeClassName: string }; status: Pod["status"] & { podIP: string } }];
      }
    ).items;
    expect(spec.runtimeClassName).toBe("openfunction-crun");
    expect(status.containerStatuses[0].imageID).toBe(`${HOST}/module@${digest}`);
    expect(await login.ssh(0, `curl -sS --max-time 5 --data WasmEdge http://${status.podIP}:8080/echo`)).toBe(
      "WasmEdge",
    );
  });

  it("the machine pulls nothing without the password", async () => {
    const reason =
      "-n functions get pods -l app.kubernetes.io/name=no-password -o jsonpath='{.items[*].status.containerStatuses[*].state.waiting}'";
    const refused = /authorization failed|401 Unauthorized/;
    const waiting = await eventually(
      () => login.kubectl(reason),
      (text) => refused.test(text),
    );
    expect(waiting).toMatch(refused);
  });

  it("the password is in Secrets and nowhere else: not in pods, events, logs or on command lines", async () => {
    const objects = await login.kubectl("get pods,deployments,events -A -o json");
    const logs = await login.kubectl(`-n ${REGISTRY.namespace} logs deployment/${REGISTRY.name}`);
    const commands = await login.ssh(0, "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' || :");
    expect(commands).toContain("docker-registry serve");
    for (const text of [objects, logs, commands]) expect(text.includes(credentials.password)).toBe(false);
    expect(logs).toContain("/v2/module/manifests/1");
  });

  it("down leaves nothing of it on this host", async () => {
    await stack.must("down");
    expect([await stack.traces(1), stack.files()]).toEqual([[], []]);
  });
});
