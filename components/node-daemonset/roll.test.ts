import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DELIVERY } from "../../tests/support/delivery";
import { type DeliverySpec, deliveryObjects } from ".";

jest.setTimeout(60_000);

const spec: DeliverySpec = { ...DELIVERY, leaseSeconds: 15 };

const PROOF = JSON.stringify({
  changed: true,
  payloadDigest: "sha256:abc",
  provedAt: "2026-01-02T03:04:05Z",
  versions: { crun: "1.21", wasmedge: "0.14.1", crictl: "1.34.0", containerd: "1.7.24" },
});
const STATUS =
  '{"installed":true,"configured":true,"containerdRuns":true,"restartPending":false,"intact":true,"generation":"g"}';

/** Stands for the machine: prints what its file says and ends with the code in it. */
const MACHINE = `() { cat >/dev/null; sleep "$(<"$RUN_DIR/machine-seconds")"; [[ "\${!#}" != status || ! -e "$RUN_DIR/machine-status" ]] || { cat "$RUN_DIR/machine-status"; return 0; }; cat "$RUN_DIR/machine-said"; cat "$RUN_DIR/machine-noted" >&2; return "$(<"$RUN_DIR/machine-code")"; }`;

type Json = { [key: string]: unknown };
type Annotated = {
  metadata: { name: string; resourceVersion?: string; annotations: Json; labels?: Json };
  spec?: Json;
};

/** The few objects that pods ask for, with the server's way of refusing a write that comes too late. */
class FakeApi {
  lease: Annotated = { metadata: { name: "node-runtime-roll", resourceVersion: "1", annotations: {} }, spec: {} };
  readonly nodes = new Map<string, Annotated>();
  readonly events: Json[] = [];
  /** Who wrote the Lease's turns, in order. */
  readonly turns: string[] = [];
  server!: Server;

  async start(folder: string): Promise<number> {
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=api",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        join(folder, "key.pem"),
        "-out",
        join(folder, "ca.crt"),
      ],
      { stdio: "ignore" },
    );
    const tls = { key: readFileSync(join(folder, "key.pem")), cert: readFileSync(join(folder, "ca.crt")) };
    this.server = createServer(tls, (request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => {
        text += chunk;
      });
      request.on("end", () => {
        const allowed = request.headers.authorization === "Bearer TOKEN";
        const [code, body] = allowed ? this.answer(request.method!, request.url!, text) : [401, {}];
        response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
    });
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as AddressInfo).port;
  }

  private answer(method: string, url: string, text: string): [number, object] {
    if (url.includes("/leases/")) return method === "GET" ? [200, this.lease] : this.patchLease(JSON.parse(text));
    if (url.includes("/pods?")) {
      return [200, { items: [...this.nodes.keys()].map((nodeName) => ({ spec: { nodeName } })) }];
    }
    if (url.endsWith("/events")) return [201, this.events[this.events.push(JSON.parse(text)) - 1]!];
    const node = this.nodes.get(url.split("/").at(-1)!);
    if (!node) return [404, {}];
    if (method === "PATCH") merge(node, JSON.parse(text));
    return [200, node];
  }

  private patchLease(patch: Annotated): [number, object] {
    const { metadata } = this.lease;
    if (patch.metadata.resourceVersion !== metadata.resourceVersion) return [409, {}];
    const before = this.lease.spec!.holderIdentity;
    merge(this.lease, patch);
    const holder = this.lease.spec!.holderIdentity;
    if (holder !== before && holder !== undefined) this.turns.push(String(holder));
    metadata.resourceVersion = String(Number(metadata.resourceVersion) + 1);
    return [200, this.lease];
  }
}

function merge(target: object, patch: object): void {
  for (const [key, value] of Object.entries(patch)) {
    const into = target as Json;
    if (value === null) delete into[key];
    else if (typeof value !== "object") into[key] = value;
    else {
      into[key] ??= {};
      merge(into[key] as object, value as object);
    }
  }
}

interface Machine {
  code: number;
  /** How long it takes. */
  seconds?: number;
  said?: string;
  noted?: string;
  /** What it says when asked for the runtime's status. Default: as `said`. */
  status?: string;
}

/** A pod of the DaemonSet, run on this host over the fake server. */
class Pod {
  private readonly child: ChildProcess;
  log = "";

  constructor(
    private readonly folder: string,
    readonly node: string,
    port: number,
    delivery: { data: Record<string, string>; generation: string },
    uid = `uid-${node}`,
  ) {
    const deliveryFolder = join(folder, "delivery");
    mkdirSync(deliveryFolder, { recursive: true });
    for (const [name, text] of Object.entries(delivery.data)) writeFileSync(join(deliveryFolder, name), text);
    const env = {
      PATH: process.env.PATH,
      "BASH_FUNC_nsenter%%": MACHINE,
      ACCOUNT: join(folder, "..", "account"),
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(port),
      NODE_NAME: node,
      NAMESPACE: "ofwasm-runtime",
      POD_NAME: `pod-${node}`,
      POD_UID: uid,
      GENERATION: delivery.generation,
      DELIVERY: deliveryFolder,
      RUN_DIR: folder,
      TERMINATION: join(folder, "termination"),
    };
    this.child = spawn("bash", [join(deliveryFolder, "roll.sh")], { env, stdio: ["ignore", "ignore", "pipe"] });
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.log += text;
    });
  }

  get ready(): boolean {
    return existsSync(join(this.folder, "ready"));
  }

  get termination(): string {
    return readFileSync(join(this.folder, "termination"), "utf8");
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    // What it slept with outlives it and holds the other end.
    this.child.stderr!.destroy();
    return this.child.exitCode;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.child.kill(signal);
    return this.ended();
  }
}

describe("pods of the delivery", () => {
  let root: string;
  let api: FakeApi;
  let port: number;
  let pods: Pod[];

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "ofwasm-roll-"));
    mkdirSync(join(root, "account"));
    writeFileSync(join(root, "account", "token"), "TOKEN");
    api = new FakeApi();
    port = await api.start(join(root, "account"));
    pods = [];
  });

  afterEach(async () => {
    await Promise.all(pods.map((pod) => pod.stop("SIGKILL")));
    api.server.close();
    rmSync(root, { recursive: true, force: true });
  });

  function machine(node: string, { code, seconds = 0, said = PROOF, noted = "", status }: Machine): string {
    const folder = join(root, node);
    mkdirSync(folder, { recursive: true });
    const files = { "machine-said": said, "machine-noted": noted };
    const optional = status === undefined ? {} : { "machine-status": status };
    const numbers = { "machine-code": code, "machine-seconds": seconds };
    for (const [name, content] of Object.entries({ ...files, ...numbers, ...optional }))
      writeFileSync(join(folder, name), String(content));
    rmSync(join(folder, "ready"), { force: true });
    return folder;
  }

  function start(node: string, what: Machine, change: Partial<DeliverySpec> = {}, uid?: string): Pod {
    if (!api.nodes.has(node)) api.nodes.set(node, { metadata: { name: node, annotations: {}, labels: {} } });
    const { generation, objects } = deliveryObjects({ ...spec, ...change });
    const { data } = objects.find(({ kind }) => kind === "ConfigMap") as unknown as { data: Record<string, string> };
    // Whole seconds from 15 on are for clusters.
    data.inputs = data.inputs!.replace("lease_seconds=15", "lease_seconds=2");
    const pod = new Pod(machine(node, what), node, port, { data, generation }, uid);
    pods.push(pod);
    return pod;
  }

  async function until(what: () => boolean, pod: Pod): Promise<void> {
    const end = Date.now() + 20_000;
    while (!what()) {
      if (Date.now() > end) throw new Error(`it did not come to that:\n${pod.log}`);
      await sleep(50);
    }
  }

  const marks = (node: string) => api.nodes.get(node)!.metadata;

  it("mark their node with what was proved, the first by name before the others", async () => {
    api.nodes.set("a", { metadata: { name: "a", annotations: {}, labels: {} } });
    const second = start("b", { code: 0 });
    await until(() => second.log.includes("node a goes first"), second);
    expect(second.ready).toBe(false);
    const first = start("a", { code: 0 });
    await until(() => first.ready && second.ready, second);
    expect(api.turns).toEqual(["a", "b"]);
    expect(marks("b")).toMatchObject({
      labels: { "ofwasm.dev/wasmedge": "proved" },
      annotations: {
        "ofwasm.dev/crun-version": "1.21",
        "ofwasm.dev/wasmedge-version": "0.14.1",
        "ofwasm.dev/containerd-version": "1.7.24",
        "ofwasm.dev/payload": "sha256:abc",
        "ofwasm.dev/proved-at": "2026-01-02T03:04:05Z",
        "ofwasm.dev/delivery": deliveryObjects(spec).generation,
      },
    });
    expect(api.lease.spec).not.toHaveProperty("holderIdentity");
    expect(await first.stop()).toBe(0);
  });

  it("end with all findings where a machine refuses, and keep the others from beginning", async () => {
    const noted = 'this machine is not ready:\n- no "systemd" unit\n- less than 9 MiB free\n';
    const first = start("a", { code: 10, said: "", noted });
    expect(await first.ended()).toBe(10);
    expect(first.termination).toMatch(/^node a: no "systemd" unit; less than 9 MiB free \(the kubelet starts/);
    expect(api.events).toMatchObject([{ type: "Warning", involvedObject: { kind: "Pod", name: "pod-a" } }]);
    expect(marks("a").labels).toEqual({});
    const second = start("b", { code: 0 });
    await until(() => second.log.includes("the roll is stopped by node a: no"), second);
    expect(api.turns).toEqual(["a"]);
    // The kubelet starts the first one again, and what was wrong is mended.
    start("a", { code: 0 });
    await until(() => second.ready, second);
    expect(api.turns).toEqual(["a", "a", "b"]);
    expect(JSON.stringify(api.lease)).not.toContain("stopped");
  });

  it("do not try again by themselves what was rolled back, but as another pod", async () => {
    const rolledBack = { code: 30, said: "", noted: "error: a WebAssembly container did not run; as before\n" };
    expect(await start("a", rolledBack).ended()).toBe(30);
    const again = start("a", { code: 0 });
    expect(await again.ended()).toBe(30);
    expect(again.termination).toContain("did not run; as before (mend the node, then delete pod pod-a");
    expect(api.turns).toEqual(["a"]);
    const another = start("a", { code: 0 }, {}, "another-uid");
    await until(() => another.ready, another);
  });

  it("are stopped by no failure of another generation, nor of a node that is gone", async () => {
    await start("a", { code: 10, said: "" }).ended();
    const next = start("b", { code: 0 }, { canary: "b" });
    await until(() => next.ready, next);
    await next.stop();
    await start("a", { code: 10, said: "" }, { canary: "a" }).ended();
    api.nodes.delete("a");
    api.lease.metadata.annotations["ofwasm.dev/opened"] = deliveryObjects({ ...spec, canary: "a" }).generation;
    const after = start("b", { code: 0 }, { canary: "a" });
    await until(() => after.ready, after);
  });

  it("take a dead holder's turn over, by their own clock", async () => {
    api.lease.spec = { holderIdentity: "gone", renewTime: "2099-01-01T00:00:00.000000Z" };
    const pod = start("a", { code: 0 });
    const begun = Date.now();
    await until(() => pod.ready, pod);
    expect(Date.now() - begun).toBeGreaterThan(2_000);
    expect(pod.log).toContain("node gone has not renewed its turn for 2 s");
  });

  it("finish a transaction before they go", async () => {
    const pod = start("a", { code: 0, seconds: 2 });
    await until(() => pod.log.includes("apply on node a"), pod);
    expect(await pod.stop()).toBe(0);
    expect(marks("a").labels).toEqual({ "ofwasm.dev/wasmedge": "proved" });
    expect(api.lease.spec).not.toHaveProperty("holderIdentity");
  });

  it("find the runtime again without a turn when they are started anew", async () => {
    const first = start("a", { code: 0 });
    await until(() => first.ready, first);
    await first.stop();
    api.lease.spec = { holderIdentity: "other", renewTime: "x" };
    const again = start("a", { code: 0, said: STATUS });
    await until(() => again.ready, again);
    expect(api.turns).toEqual(["a"]);
  });

  it.each([
    ["leave the mark where a change is refused and the runtime stays", 10, STATUS, "proved"],
    ["take the mark away where the runtime is not there any more", 10, STATUS.replaceAll("true", "false"), undefined],
    ["take the mark away where the roll-back failed too", 40, STATUS, undefined],
  ])("%s", async (_, code, status, mark) => {
    const first = start("a", { code: 0 });
    await until(() => first.ready, first);
    await first.stop();
    expect(await start("a", { code, said: "", status }, { canary: "a" }).ended()).toBe(code);
    expect(marks("a").labels?.["ofwasm.dev/wasmedge"]).toBe(mark);
    // Something of ours is there all the same.
    expect(marks("a").annotations["ofwasm.dev/delivery"]).toBe("unproved");
  });

  it("take the mark away and give the machine back when that is wanted", async () => {
    const first = start("a", { code: 0 });
    await until(() => first.ready, first);
    await first.stop();
    api.lease.metadata.annotations["ofwasm.dev/wanted"] = "absent";
    const last = start("a", { code: 0, said: '{"changed":true}' });
    await until(() => last.ready, last);
    expect(marks("a")).toMatchObject({ labels: {}, annotations: {} });
    expect(Object.keys(marks("a").annotations)).toEqual([]);
  });
});
