import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionSpec } from "../../components/function";
import { functionDeployment, functionNamespace, functionService } from "../../components/function";
import { runtimeClass } from "../../components/wasm-runtime/wasm-runtime";
import { ask } from "../../infra/report/answers";
import type { LabCluster } from "../cluster/support";
import { describeOnHost, Lab } from "../machine/support";
import { open, processorShare, sampleCluster } from "./support";

// The image of local machines, the runtime and the sample may have to be built first.
jest.setTimeout(3_600_000);

const STACK = "sample";
const PORT = 30080;

/** Share of a processor that an idle function may use: readiness is asked for once a second. */
const IDLE_SHARE = 0.05;

describeOnHost("the sample function on a machine", () => {
  let lab: Lab;
  let cluster: LabCluster;
  let spec: FunctionSpec;
  const address = (): string => cluster.machine(0).address;
  const url = (path: string): string => `http://${address()}:${PORT}${path}`;
  const object = (apiVersion: string, kind: string, args: object): object => ({ apiVersion, kind, ...args });
  const kubectl = (command: string): Promise<string> => cluster.kubectl(`-n functions ${command}`);
  const podName = (): Promise<string> => kubectl("get pods -o jsonpath='{.items[0].metadata.name}'");
  const pid = async (): Promise<string> => {
    const id = await kubectl("get pods -o jsonpath='{.items[0].status.containerStatuses[0].containerID}'");
    const { stdout } = await cluster.on(0, "ctr -n k8s.io tasks ls");
    const found = new RegExp(`^${id.replace("containerd://", "")}\\s+(\\d+)`, "m").exec(stdout)?.[1];
    if (!found) throw new Error(`no process of ${id} in\n${stdout}`);
    return found;
  };

  beforeAll(async () => {
    lab = await Lab.open();
    const made = await sampleCluster(lab, STACK);
    cluster = made.cluster;
    spec = {
      name: "http-server",
      namespace: "functions",
      image: made.image.reference,
      command: ["/wasmedge_hyper_server.wasm"],
      imagePullPolicy: "Never",
      probes: { readiness: { path: "/" }, liveness: { path: "/" } },
      http: { service: { type: "NodePort", nodePort: PORT } },
    };
    await cluster.apply(
      object("node.k8s.io/v1", "RuntimeClass", runtimeClass("openfunction-crun")),
      object("v1", "Namespace", functionNamespace("functions")),
      object("apps/v1", "Deployment", functionDeployment(spec)),
      object("v1", "Service", functionService(spec)),
    );
  });
  afterAll(() => lab.close([STACK]));

  it("stays pending while no node is marked, and is ready soon after one is", async () => {
    await sleep(3_000);
    expect(await kubectl("get pods -o jsonpath='{.items[*].status.phase}'")).toBe("Pending");
    const begun = Date.now();
    await kubectl("label node node-0 ofwasm.dev/wasmedge=proved");
    await kubectl("rollout status deployment/http-server --timeout 60s");
    process.stderr.write(`marked to ready: ${Date.now() - begun} ms\n`);
  });

  it("answers over the machine's port, with lengths and proper errors", async () => {
    // A function that is ready can need a moment until the machine routes to it.
    expect(await ask(url("/echo"))).toEqual({ ready: true, text: "WasmEdge" });
    const echo = await fetch(url("/echo"), { method: "POST", body: "WasmEdge" });
    expect([echo.status, await echo.text(), echo.headers.get("content-length")]).toEqual([200, "WasmEdge", "8"]);
    expect(await (await fetch(url("/"))).text()).toContain("POST something to /echo");
    expect((await fetch(url("/nothing"))).status).toBe(404);
    const get = await fetch(url("/echo"));
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    const large = "x".repeat(4 * 1024 * 1024);
    expect(await (await fetch(url("/echo"), { method: "POST", body: large })).text()).toBe(large);
    // Refused by its announced length, before it is sent.
    const tooLarge = await open(address(), PORT);
    tooLarge.write(`POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: ${large.length + 1}\r\n\r\n`);
    const [refusal] = (await once(tooLarge, "data")) as [Buffer];
    expect(refusal.toString()).toMatch(/^HTTP\/1.1 413 /);
    tooLarge.destroy();
  });

  it("runs without any privilege", async () => {
    const { stdout } = await cluster.on(0, `cat /proc/${await pid()}/status`);
    const fact = (name: string): string | undefined => new RegExp(`^${name}:\\s+(\\w+)`, "m").exec(stdout)?.[1];
    expect(["Uid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp"].map(fact)).toEqual([
      "65532",
      "0000000000000000",
      "0000000000000000",
      "1",
      "2",
    ]);
    process.stderr.write(`memory: ${fact("VmRSS")} kB resident\n`);
  });

  it("uses no processor when idle: after requests, on kept, half-sent, half-closed and reset connections", async () => {
    const request = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\n\r\nWasmEdge";
    const kept = await open(address(), PORT);
    kept.write(request);
    const halfSent = await open(address(), PORT);
    halfSent.write(request.slice(0, -4));
    const halfClosed = await open(address(), PORT);
    halfClosed.end(request);
    for (let i = 0; i < 20; i += 1) {
      const reset = await open(address(), PORT);
      if (i % 2) reset.write(request);
      reset.resetAndDestroy();
    }
    await sleep(500);
    const busy = await processorShare(cluster, await pid(), 4);
    process.stderr.write(`idle: ${(busy * 100).toFixed(1)} % of a processor\n`);
    expect(busy).toBeLessThan(IDLE_SHARE);
    for (const socket of [kept, halfSent, halfClosed]) socket.destroy();
    expect(await (await fetch(url("/echo"), { method: "POST", body: "still there" })).text()).toBe("still there");
    expect(await kubectl("get pods -o jsonpath='{.items[0].status.containerStatuses[0].restartCount}'")).toBe("0");
  });

  it("ends within 2 s of being told to, though a module hears no signal", async () => {
    const [name, process_] = [await podName(), await pid()];
    const { stdout } = await cluster.on(
      0,
      `begun=$(date +%s%3N); kubectl --kubeconfig /etc/kubernetes/admin.conf -n functions delete pod ${name} --wait=false >/dev/null
       while kill -0 ${process_} 2>/dev/null; do sleep 0.02; done; echo $(($(date +%s%3N) - begun))`,
    );
    process.stderr.write(`stopped after ${stdout.trim()} ms\n`);
    expect(Number(stdout)).toBeLessThan(2_000);
    await kubectl("rollout status deployment/http-server --timeout 60s");
  });

  it("loses no request while it is rolled", async () => {
    expect(await ask(url("/echo"))).toMatchObject({ ready: true });
    let asked = 0;
    const failures: unknown[] = [];
    let rolling = true;
    const client = async (): Promise<void> => {
      while (rolling) {
        asked += 1;
        try {
          const headers = { connection: "close" };
          const answer = await fetch(url("/echo"), { method: "POST", body: "WasmEdge", headers });
          if ((await answer.text()) !== "WasmEdge") failures.push(answer.status);
        } catch (error) {
          const { message } = ((error as Error).cause ?? error) as Error;
          failures.push(`${Date.now() - begun} ms: ${message}`);
        }
        await sleep(10);
      }
    };
    const begun = Date.now();
    const traffic = client();
    const rolled = { ...spec, env: { GENERATION: "2" } };
    const old = await podName();
    await cluster.apply(object("apps/v1", "Deployment", functionDeployment(rolled)));
    await kubectl("rollout status deployment/http-server --timeout 60s");
    await kubectl(`wait --for=delete pod/${old} --timeout 60s`);
    rolling = false;
    await traffic;
    process.stderr.write(`${asked} requests during a rolling update, ${failures.length} failed\n`);
    expect(failures).toEqual([]);
    expect(asked).toBeGreaterThan(20);
  });
});
