import { readFileSync } from "node:fs";
import { run } from "../../infra/process";
import { CLONE, note } from "./command";
import { components, keyMaterial } from "./deployment";
import { DevStack, describeOnHost, eventually, type Login, READY } from "./stack";
import { startTraffic } from "./traffic";

// What a first run builds counts too.
jest.setTimeout(3_600_000);

/** Share of a processor that an idle function may use; its readiness is asked for once a second. */
const IDLE_SHARE = 0.05;

const trackedFiles = async (): Promise<string> => (await run("git", ["status", "--porcelain"], { cwd: CLONE })).stdout;

/** Kernel settings that are the host's to decide. */
const hostSettings = (): string[] =>
  ["net/ipv4/ip_forward", "vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"].map(
    (name) => `${name} ${readFileSync(`/proc/sys/${name}`, "utf8").trim()}`,
  );

describeOnHost("one machine, from nothing to nothing", () => {
  let stack: DevStack;
  let login: Login;
  let files: string;
  let settings: string[];
  let url: string;

  const functions = (command: string): Promise<string> => login.kubectl(`-n functions ${command}`);
  const podName = (): Promise<string> =>
    functions("get pods -l app.kubernetes.io/name=http-server -o jsonpath='{.items[0].metadata.name}'");
  /** Process of the module in the machine. */
  const modulePid = (): Promise<string> => login.ssh(0, "pgrep -f '^.libcrun:wasmedge. /wasmedge_hyper_server.wasm'");

  beforeAll(async () => {
    files = await trackedFiles();
    settings = hostSettings();
    stack = await DevStack.open("e2e-one");
  });
  afterAll(() => stack.close());

  it("up ends with the function's answer", async () => {
    const text = await stack.must("up");
    expect(text).toMatch(READY);
    url = READY.exec(text)![1]!;
    login = await stack.login();
  });

  it("the engine's state holds the components from machine to function", async () => {
    const deployment = await stack.deployment();
    expect(components(deployment)).toEqual([
      "ofwasm:index:KubeadmCluster e2e-one-cluster < pulumi:pulumi:Stack",
      "ofwasm:index:LocalNodePool e2e-one < pulumi:pulumi:Stack",
      "ofwasm:index:NodeImage e2e-one-0-http-server < pulumi:pulumi:Stack",
      "ofwasm:index:NodeRuntime e2e-one-0-runtime < pulumi:pulumi:Stack",
      "ofwasm:index:WasmFunction http-server < pulumi:pulumi:Stack",
      "ofwasm:index:WasmRuntime e2e-one-wasm < pulumi:pulumi:Stack",
    ]);
    expect(deployment.pending_operations ?? []).toEqual([]);
  });

  it("no key is in the plain: not in the state, not in its history, not in what the commands print", async () => {
    const shown = await stack.deployment("--show-secrets");
    const keys = keyMaterial(shown);
    // The login's key, the machine's, the administrator's: each has lines that the export really shows.
    expect(keys.length).toBeGreaterThan(6);
    const markers = [...keys, "PRIVATE KEY-----", "client-key-data"];
    const found = (text: string): string[] => markers.filter((marker) => text.includes(marker));
    expect(found(JSON.stringify(shown))).not.toEqual([]);
    const texts = stack.stateTexts();
    expect([...texts.keys()].some((path) => path.endsWith("/e2e-one.json"))).toBe(true);
    for (const [path, text] of texts) expect([path, found(text)]).toEqual([path, []]);
    expect(found(stack.printed)).toEqual([]);
  });

  it("up again changes nothing", async () => {
    const { text } = await stack.run("up");
    expect(text).toMatch(READY);
    expect(text).toMatch(/Resources:\n +\d+ unchanged\n/);
  });

  it("preview shows nothing to change", async () => {
    expect(await stack.must("preview")).toMatch(/Resources:\n +\d+ unchanged\n/);
  });

  it("status shows the machine with its versions and the function with its answer", async () => {
    const text = await stack.must("status");
    expect(text).toMatch(READY);
    expect(text).toMatch(
      /^e2e-one-0 {3}Up {3}[\d.]+ {3}.*crun 1\.\d+, wasmedge 0\.\d+\.\d+.* {3}proved \d{4}-\d\d-\d\dT/m,
    );
  });

  it("the node says what was proved on it", async () => {
    const node = JSON.parse(await login.kubectl("get node e2e-one-0 -o json")) as {
      metadata: { labels: Record<string, string>; annotations: Record<string, string> };
    };
    expect(node.metadata.labels).toMatchObject({ "ofwasm.dev/wasmedge": "proved" });
    expect(node.metadata.annotations).toMatchObject({
      "ofwasm.dev/crun-version": expect.stringMatching(/^\d/),
      "ofwasm.dev/wasmedge-version": expect.stringMatching(/^\d/),
      "ofwasm.dev/payload": expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      "ofwasm.dev/proved-at": expect.stringMatching(/^\d{4}-/),
    });
  });

  it("the function uses no processor when idle after requests", async () => {
    const traffic = startTraffic(url);
    await new Promise((done) => setTimeout(done, 1_000));
    expect((await traffic.stop()).failures).toEqual([]);
    const ticks = `awk '{ print $14 + $15 }' /proc/${await modulePid()}/stat`;
    const [before, after, rate] = (await login.ssh(0, `${ticks}; sleep 3; ${ticks}; getconf CLK_TCK`)).split("\n");
    const share = (Number(after) - Number(before)) / Number(rate) / 3;
    note(`idle: ${(share * 100).toFixed(1)} % of a processor`);
    expect(share).toBeLessThan(IDLE_SHARE);
  });

  it("a pod that is deleted has ended within 2 s, and is replaced", async () => {
    const [pod, pid] = [await podName(), await modulePid()];
    const took = await login.ssh(
      0,
      `begun=$(date +%s%3N)
       kubectl --kubeconfig /etc/kubernetes/admin.conf -n functions delete pod ${pod} --wait=false >/dev/null
       while kill -0 ${pid} 2>/dev/null; do sleep 0.02; done
       echo $(($(date +%s%3N) - begun))`,
    );
    note(`pod ended after ${took} ms`);
    expect(Number(took)).toBeLessThan(2_000);
    await functions(`wait --for=delete pod/${pod} --timeout 10s`);
    await functions("rollout status deployment/http-server --timeout 30s");
  });

  it("more and fewer replicas lose no request", async () => {
    const traffic = startTraffic(url);
    for (const sampleReplicas of [3, 1]) {
      expect(await stack.must("up", { sampleReplicas })).toMatch(READY);
      const running = (): Promise<string> =>
        functions("get pods -l app.kubernetes.io/name=http-server -o jsonpath='{.items[*].metadata.name}'");
      const pods = await eventually(running, (names) => names.split(" ").length === sampleReplicas);
      expect(pods.split(" ")).toHaveLength(sampleReplicas);
    }
    const { asked, failures } = await traffic.stop();
    note(`${asked} requests while the replicas changed, ${failures.length} failed`);
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(50);
  });

  it("goes to no pods and back to three by up alone, which says so", async () => {
    const ready = (): Promise<string> => functions("get deployment http-server -o jsonpath={.status.readyReplicas}");
    expect(await stack.must("up", { sampleReplicas: 0 })).toMatch(
      /^http-server {3}Stopped {3}http:\S+ {3}no replicas are asked for$/m,
    );
    const begun = performance.now();
    await functions("wait --for=delete pod -l app.kubernetes.io/name=http-server --timeout 10s");
    note(`pods were gone ${((performance.now() - begun) / 1000).toFixed(1)} s after up`);
    expect(await functions("get jobs -o name")).toBe("");
    expect(await stack.must("up", { sampleReplicas: 3 })).toMatch(READY);
    expect(await ready()).toBe("3");
    await stack.must("up", { sampleReplicas: 0 });
    expect(await eventually(ready, (count) => count === "")).toBe("");
    expect(await stack.must("up")).toMatch(READY);
  });

  it("down leaves nothing on this host, and no tracked file changed on the way", async () => {
    expect(await stack.traces(1)).not.toEqual([]);
    const { code } = await stack.run("down");
    expect(code).toBe(0);
    expect(await stack.traces(1)).toEqual([]);
    expect(hostSettings()).toEqual(settings);
    expect(await trackedFiles()).toBe(files);
  });

  it("down leaves no file of the stack, and is content with nothing to do", () => {
    expect(stack.files()).toEqual([]);
    return expect(stack.must("down")).resolves.toContain("nothing to remove");
  });
});
