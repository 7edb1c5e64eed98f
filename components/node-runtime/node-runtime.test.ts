import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../node-pool";
import { type NodePayload, NodeRuntime, type NodeRuntimeArgs, parseNodeRuntimeResult } from ".";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

const RESULT = {
  changed: true,
  restarted: true,
  generation: "0".repeat(32),
  payloadDigest: "sha256:abc",
  provedAt: "2026-01-02T03:04:05Z",
  versions: { crun: "1.21", wasmedge: "0.14.1", crictl: "1.34.0", containerd: "1.7.24" },
  configSchema: 2,
  cgroupDriver: "systemd",
  handler: "crun",
  milliseconds: { lock: 1 },
};

/** The part of a registration that mocks do not see. */
interface Request {
  getName(): string;
  getDeletedwith(): string;
  getDependenciesList(): string[];
}

let registered: Registered[] = [];
let dependencies: Record<string, string[]> = {};
let goneWith: Record<string, string> = {};
const folder = mkdtempSync(join(tmpdir(), "node-runtime-"));
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  registered = [];
  dependencies = {};
  goneWith = {};
  pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      registered.push({ type, name, inputs });
      return { id: name, state: { ...inputs, stdout: JSON.stringify(RESULT) } };
    },
    call: ({ inputs }) => inputs,
  });
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource(request: Request, done: unknown): void };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) => {
    goneWith[request.getName()] = request.getDeletedwith().split("::").at(-1) ?? "";
    dependencies[request.getName()] = request.getDependenciesList().map((urn) => urn.split("::").at(-1) ?? "");
    register(request, done);
  };
});

const machine: Machine = {
  name: "a",
  index: 0,
  address: "192.0.2.1",
  connection: { host: "192.0.2.1", user: "admin", hostKey: "ssh-ed25519 AAAA", privateKey: "PRIVATE" },
  ready: [],
};

function payload(): NodePayload {
  const path = join(folder, "payload.tar.gz");
  writeFileSync(path, "payload");
  return {
    path,
    manifest: {
      generation: RESULT.generation,
      architecture: "amd64",
      sha256: "0123456789abcdef".repeat(4),
      unpackedSize: 44,
      versions: { crun: "1.21", wasmedge: "0.14.1" },
    },
  };
}

async function made(args: Partial<NodeRuntimeArgs> = {}): Promise<NodeRuntime> {
  const runtime = new NodeRuntime("a-runtime", { machine, payload: payload(), ...args });
  await new Promise((resolve) => runtime.provedAt.apply(resolve));
  await pulumi.runtime.disconnect();
  return runtime;
}

const inputsOf = (name: string): Record<string, unknown> => registered.find((each) => each.name === name)?.inputs ?? {};

describe("NodeRuntime", () => {
  it("costs a machine one copy and one command", async () => {
    await made();
    expect(registered.map(({ type, name }) => `${type} ${name}`)).toEqual([
      "ofwasm:index:NodeRuntime a-runtime",
      "command:remote:CopyToRemote a-runtime-payload",
      "command:remote:Command a-runtime-transaction",
    ]);
    expect(dependencies["a-runtime-transaction"]).toContain("a-runtime-payload");
  });

  it("is changed after the machines that it waits for, and gets its payload meanwhile", async () => {
    const first = new NodeRuntime("b-runtime", { machine: { ...machine, name: "b" }, payload: payload() });
    await made({ after: [first] });
    expect(dependencies["a-runtime-transaction"]).toContain("b-runtime-transaction");
    expect(dependencies["a-runtime-payload"]).toEqual([]);
  });

  it("goes with a machine that goes, where pods that still use it would stop its removal", async () => {
    const resource = new pulumi.ComponentResource("test:index:Machine", "the-machine");
    await made({ machine: { ...machine, resource } });
    expect(goneWith["a-runtime-transaction"]).toBe("the-machine");
    expect(goneWith["a-runtime-payload"]).toBe("the-machine");
  });

  it("updates in place: no trigger that would run the old delete after the new create", async () => {
    await made();
    expect(inputsOf("a-runtime-transaction")).not.toHaveProperty("triggers");
    expect(inputsOf("a-runtime-transaction")).not.toHaveProperty("update");
    expect(inputsOf("a-runtime-payload")).not.toHaveProperty("triggers");
  });

  it("gives the script its inputs as data, and names the payload's file by its content", async () => {
    await made({ cgroupDriver: "systemd" });
    const { remotePath } = inputsOf("a-runtime-payload");
    expect(remotePath).toBe(".ofwasm-runtime-0123456789abcdef.tar.gz");
    const { stdin, create, delete: remove } = inputsOf("a-runtime-transaction") as Record<string, string>;
    const data = stdin?.slice(stdin.lastIndexOf("exit $?\n") + 8).split("\n");
    expect(data).toEqual(
      expect.arrayContaining([`payload=${remotePath}`, "cgroup_driver=systemd", "unpacked_bytes=44"]),
    );
    expect(create).toContain("bash -s apply");
    expect(remove).toContain("bash -s delete");
    expect(stdin).not.toMatch(/^source /m);
  });

  it("has the machine compile what comes as source, in the same copy and command", async () => {
    const { path, manifest } = payload();
    const source = { path, manifest: { ...manifest, build: "node" as const, crunSourceSha256: "c".repeat(64) } };
    await made({ payload: source, build: { deadlineSeconds: 60 } });
    expect(registered.map(({ name }) => name)).toEqual(["a-runtime", "a-runtime-payload", "a-runtime-transaction"]);
    expect(String(inputsOf("a-runtime-transaction").stdin).split("\n")).toEqual(
      expect.arrayContaining([
        "build=node",
        `crun_source_sha256=${"c".repeat(64)}`,
        "build_deadline_seconds=60",
        "install_build_packages=true",
      ]),
    );
  });

  it("compiles no source that nothing was said about", () => {
    const { path, manifest } = payload();
    const source = { path, manifest: { ...manifest, build: "node" as const } };
    expect(() => new NodeRuntime("a-runtime", { machine, payload: source })).toThrow("has no crunSourceSha256");
  });

  it("shows no key, and tells what was proved", async () => {
    const runtime = await made();
    expect(JSON.stringify(inputsOf("a-runtime"))).not.toContain("PRIVATE");
    const shown = await new Promise((resolve) =>
      pulumi.all([runtime.versions, runtime.payloadDigest, runtime.provedAt]).apply(resolve),
    );
    expect(shown).toEqual([RESULT.versions, RESULT.payloadDigest, RESULT.provedAt]);
  });
});

describe("parseNodeRuntimeResult", () => {
  it("refuses what is no proof", () => {
    expect(parseNodeRuntimeResult(JSON.stringify(RESULT))).toEqual(RESULT);
    expect(() => parseNodeRuntimeResult("")).toThrow("no JSON");
    expect(() => parseNodeRuntimeResult('{"changed":false}')).toThrow("no proof");
  });
});
