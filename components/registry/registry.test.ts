import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { recordGraph, settled } from "../../tests/support/graph";
import type { Machine } from "../node-pool";
import { bundleScript, scriptInput } from "../remote/remote-script";
import { Registry, type RegistryArgs } from "./registry";

const machine = (name: string, index: number): Machine => ({
  name,
  index,
  address: `192.0.2.${index}`,
  connection: { host: `192.0.2.${index}`, user: "admin", hostKey: "ssh-ed25519 AAAA", privateKey: "PRIVATE" },
  ready: [],
});

async function declared(change: Partial<RegistryArgs> = {}) {
  const graph = recordGraph(({ name }) => (name.endsWith("-password") ? { stdout: "made-by-the-command" } : {}));
  const args = { image: "local/registry:1", machines: [machine("a", 1), machine("b", 2)], ...change };
  const registry = new Registry("r", args);
  const secret = registry.loginSecret({ namespace: "builds", name: "push" });
  await settled([...registry.ready.map(({ urn }) => urn), secret.stringData]);
  await pulumi.runtime.disconnect();
  return { graph, registry, secret };
}

describe("a registry of the stack's own", () => {
  test("costs each machine one command, after the Service whose address it is told", async () => {
    const { graph } = await declared();
    const remote = [...graph.values()].filter(({ type }) => type.startsWith("command:remote"));
    expect(remote.map(({ name, type }) => `${type} ${name}`)).toEqual([
      "command:remote:Command r-a-hosts",
      "command:remote:Command r-b-hosts",
    ]);
    for (const { dependsOn } of remote) expect(dependsOn).toContain("r-service");
    expect(graph.get("r-service")?.dependsOn).toEqual(["r-deployment"]);
    expect(graph.get("r-deployment")?.dependsOn).toEqual(["r-login"]);
  });

  test("goes from each machine under the name that it had, before it comes under another", async () => {
    const told = async (change: Partial<RegistryArgs>) => (await declared(change)).graph.get("r-a-hosts");
    const [before, renamed, moved] = [
      await told({}),
      await told({ name: "other" }),
      await told({ namespace: "other" }),
    ];
    expect([before, renamed, moved].map((command) => command?.inputs.triggers)).toEqual([
      ["registry.images.svc.cluster.local:5000"],
      ["other.images.svc.cluster.local:5000"],
      ["registry.other.svc.cluster.local:5000"],
    ]);
    expect(renamed?.deleteBeforeReplace).toBe(true);
  });

  test("makes its password once and keeps it a secret everywhere", async () => {
    const { graph, secret } = await declared();
    expect(graph.get("r-password")).toMatchObject({ secretOutputs: ["stdout"], ignoreChanges: ["*"] });
    expect(await pulumi.isSecret(secret.stringData as pulumi.Output<object>)).toBe(true);
    const { r: _, ...rest } = Object.fromEntries(graph);
    const plain = Object.values(rest).filter(({ name }) => name !== "r-login");
    expect(JSON.stringify(plain.map(({ inputs }) => inputs))).not.toContain("made-by-the-command");
  });

  test("is known by what keeps its images: a pod with a disk of its own, or a volume", async () => {
    const id = async (change: Partial<RegistryArgs>): Promise<string> =>
      settled((await declared(change)).registry.storageId);
    const claim = { storage: { persistentVolumeClaim: { claimName: "c" } } };
    expect(await id({})).toBe(await id({}));
    expect(await id({})).not.toBe(await id({ image: "local/registry:2" }));
    expect(await id(claim)).toBe(await id({ ...claim, image: "local/registry:2" }));
  });

  test("is known by its volume too where only an output names it", async () => {
    const id = async (claimName: pulumi.Input<string>, whole = false): Promise<string> => {
      const storage = { persistentVolumeClaim: { claimName } };
      return settled((await declared({ storage: whole ? pulumi.output(storage) : storage })).registry.storageId);
    };
    const [plain, other] = [await id("c"), await id("d")];
    expect(await id(pulumi.output("c"))).toBe(plain);
    expect(await id(pulumi.output("d"))).toBe(other);
    expect(await id("d", true)).toBe(other);
    expect(other).not.toBe(plain);
    const { graph } = await declared({ storage: pulumi.output({ persistentVolumeClaim: { claimName: "d" } }) });
    expect(JSON.stringify(graph.get("r-deployment")?.inputs)).toContain(
      '{"name":"storage","persistentVolumeClaim":{"claimName":"d"}}',
    );
  });
});

describe("a machine that is told of a registry", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "ofwasm-hosts-"));
    mkdirSync(join(root, "bin"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const HOST = "registry.images.svc.cluster.local:5000";

  /** What containerd makes of its configuration. */
  const containerd = (dump: string): void => {
    writeFileSync(join(root, "dump"), dump);
    writeFileSync(join(root, "bin/containerd"), `#!/bin/sh\ncat ${root}/dump\n`, { mode: 0o755 });
  };
  const v1 = (path: string): string =>
    `[plugins."io.containerd.grpc.v1.cri".registry]\n    config_path = "${path}"\n\n    [plugins."io.containerd.grpc.v1.cri".registry.auths]\n`;

  const run = (verb: string, text = "server = 1\n", host = HOST) => {
    const script = bundleScript(join(__dirname, "scripts/hosts.sh")).replace(
      /PATH=\S+/,
      `PATH=${root}/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    );
    const inputs = {
      host,
      hosts_toml: Buffer.from(text).toString("base64"),
      containerd_config: join(root, "config.toml"),
    };
    const { status, stderr } = spawnSync("bash", ["-s", verb], {
      input: scriptInput(script, inputs),
      env: { OFWASM_REGISTRY_STATE: join(root, "state/registries") },
      encoding: "utf8",
    });
    return { status, stderr };
  };
  const everything = (): string[] =>
    (readdirSync(root, { recursive: true }) as string[]).filter((path) => !/^(bin|dump)/.test(path)).sort();
  const toml = (certs: string): string => join(root, certs, HOST, "hosts.toml");

  test.each([
    ["containerd 1.7", (path: string) => v1(path)],
    [
      "containerd 2.0",
      (path: string) =>
        `[plugins.'io.containerd.transfer.v1.local']\n  config_path = ''\n[plugins.'io.containerd.cri.v1.images'.registry]\n  config_path = '${path}:/etc/docker/certs.d'\n`,
    ],
  ])("has the file where %s looks for it, and is as before when it is to forget", (_, dump) => {
    containerd(dump(join(root, "etc/certs.d")));
    expect(run("up")).toEqual({ status: 0, stderr: "" });
    expect(readFileSync(toml("etc/certs.d"), "utf8")).toBe("server = 1\n");
    expect(run("down")).toEqual({ status: 0, stderr: "" });
    expect(everything()).toEqual([]);
    expect(run("down")).toEqual({ status: 0, stderr: "" });
  });

  test("writes nothing when there is nothing to do, and the new text when there is", () => {
    containerd(v1(join(root, "certs.d")));
    run("up");
    const before = spawnSync("stat", ["-c", "%i %y", toml("certs.d")], { encoding: "utf8" }).stdout;
    expect(run("up").status).toBe(0);
    expect(spawnSync("stat", ["-c", "%i %y", toml("certs.d")], { encoding: "utf8" }).stdout).toBe(before);
    expect(run("up", "server = 2\n").status).toBe(0);
    expect(readFileSync(toml("certs.d"), "utf8")).toBe("server = 2\n");
    run("down");
    expect(everything()).toEqual([]);
  });

  test("keeps what others have in its folders, and moves with containerd's setting", () => {
    mkdirSync(join(root, "one/other.example"), { recursive: true });
    containerd(v1(join(root, "one")));
    run("up");
    containerd(v1(join(root, "two")));
    expect(run("up").status).toBe(0);
    expect([existsSync(toml("one")), existsSync(toml("two"))]).toEqual([false, true]);
    run("down");
    expect(everything()).toEqual(["one", "one/other.example"]);
  });

  test("has only the new file when the registry gets another name, and nothing of either afterwards", () => {
    containerd(v1(join(root, "etc/certs.d")));
    const renamed = "other.images.svc.cluster.local:5000";
    run("up");
    run("down");
    expect(run("up", "server = 2\n", renamed).status).toBe(0);
    expect(readdirSync(join(root, "etc/certs.d"))).toEqual([renamed]);
    run("down", "server = 2\n", renamed);
    expect(everything()).toEqual([]);
  });

  test("finds what a killed run made", () => {
    containerd(v1(join(root, "certs.d")));
    run("up");
    rmSync(toml("certs.d"));
    expect(run("up").status).toBe(0);
    run("down");
    expect(everything()).toEqual([]);
  });

  test("is refused where somebody else wrote the file, where containerd reads none, and for a strange host", () => {
    containerd(v1(join(root, "certs.d")));
    mkdirSync(join(root, "certs.d", HOST), { recursive: true });
    writeFileSync(toml("certs.d"), "theirs");
    expect(run("up")).toEqual({ status: 1, stderr: expect.stringMatching(/hosts.toml is there and not ours/) });
    run("down");
    expect(readFileSync(toml("certs.d"), "utf8")).toBe("theirs");
    containerd(v1(""));
    expect(run("up").stderr).toMatch(/reads no hosts.toml.*set registry.config_path to "\/etc\/containerd\/certs.d"/);
    expect(run("up", "x", "../etc").stderr).toMatch(/is no host:port/);
  });
});
