import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { clearDeadLocks, dropPendingOperations } from "./interrupted";
import {
  dropHalfWritten,
  ensureStateFolder,
  prepareConfig,
  rawSettings,
  removeStackFiles,
  type StackFiles,
  secretsProviderOf,
  stackFiles,
} from "./stack-files";

let folder: string;
let files: StackFiles;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-stack-"));
  process.env.OFWASM_STATE = join(folder, "state");
  files = stackFiles("project", "dev");
});

afterEach(() => {
  delete process.env.OFWASM_STATE;
  rmSync(folder, { recursive: true, force: true });
});

function write(file: string, content: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const checkpoint = (latest: unknown): string => JSON.stringify({ version: 3, checkpoint: { latest } });

describe("the configuration that an operation uses", () => {
  const prepare = (tracked: string, overrides: [string, string][] = []): string =>
    prepareConfig({ tracked, files, project: "project", overrides: new Map(overrides) });

  test("is a copy with --set on top; the tracked file stays as it is", () => {
    const content = "config:\n  project:nodes: 1\n  project:podCidr: 10.1.0.0/16\n";
    const tracked = write(join(folder, "Pulumi.dev.yaml"), content);
    const used = prepare(tracked, [
      ["nodes", "3"],
      ["hosts", '[{"address":"192.0.2.1"}]'],
    ]);
    expect(readFileSync(tracked, "utf8")).toBe(content);
    expect(parse(readFileSync(used, "utf8"))).toEqual({
      config: { "project:nodes": "3", "project:podCidr": "10.1.0.0/16", "project:hosts": [{ address: "192.0.2.1" }] },
    });
  });

  test("keeps the salt that the state's secrets were encrypted with", () => {
    write(files.checkpoint, checkpoint({ secrets_providers: { type: "passphrase", state: { salt: "v1:abc" } } }));
    expect(parse(readFileSync(prepare(join(folder, "absent.yaml")), "utf8"))).toMatchObject({
      encryptionsalt: "v1:abc",
    });
  });

  test("keeps the last run's value of reconcile, until the stack's file or this run has one", () => {
    const urn = "urn:pulumi:dev::project::pulumi:pulumi:Stack::project-dev";
    write(files.checkpoint, checkpoint({ resources: [{ urn, outputs: { reconcile: "first", url: "x" } }] }));
    const config = (file: string) => parse(readFileSync(file, "utf8")).config;
    const salted = write(join(folder, "salted.yaml"), "encryptionsalt: v1:own\n");
    for (const tracked of [join(folder, "absent.yaml"), salted])
      expect(config(prepare(tracked))).toEqual({ "project:reconcile": "first" });
    expect(config(prepare(salted, [["reconcile", "second"]]))).toEqual({ "project:reconcile": "second" });
    const own = write(join(folder, "own.yaml"), "config:\n  project:reconcile: own\n");
    expect(config(prepare(own))).toEqual({ "project:reconcile": "own" });
  });

  test("is the tracked file itself when that has a salt of its own", () => {
    const tracked = write(join(folder, "Pulumi.ssh.yaml"), "encryptionsalt: v1:own\n");
    expect(prepare(tracked)).toBe(tracked);
    expect(parse(readFileSync(prepare(tracked, [["nodes", "2"]]), "utf8"))).toMatchObject({ encryptionsalt: "v1:own" });
  });
});

describe("the configuration of a stack whose secrets a key service encrypts", () => {
  const provider = "awskms://alias/ofwasm?region=eu-central-1";
  const prepare = (tracked: string, overrides: [string, string][] = []): unknown =>
    parse(readFileSync(prepareConfig({ tracked, files, project: "project", overrides: new Map(overrides) }), "utf8"));
  const state = (content: object): string => checkpoint({ secrets_providers: { type: "cloud", state: content } });

  test("has the provider and key of the tracked file, and no salt of another time", () => {
    const tracked = write(
      join(folder, "Pulumi.prod.yaml"),
      `secretsprovider: ${provider}\nencryptedkey: OWN\nencryptionsalt: v1:old\n`,
    );
    write(files.checkpoint, state({ url: provider, encryptedkey: "STATE" }));
    const expected = { secretsprovider: provider, encryptedkey: "OWN", config: {} };
    expect(prepare(tracked)).toEqual(expected);
    expect(prepare(tracked, [["nodes", "2"]])).toEqual({ ...expected, config: { "project:nodes": "2" } });
    expect(secretsProviderOf(tracked)).toBe(provider);
  });

  test("has the key that only the state knows, when it is of the same provider", () => {
    const tracked = write(join(folder, "Pulumi.prod.yaml"), `secretsprovider: ${provider}\n`);
    expect(prepare(tracked)).toEqual({ secretsprovider: provider, config: {} });
    write(files.checkpoint, state({ url: provider, encryptedkey: "STATE" }));
    expect(prepare(tracked)).toEqual({ secretsprovider: provider, encryptedkey: "STATE", config: {} });
    write(files.checkpoint, state({ url: "awskms://another", encryptedkey: "STATE" }));
    expect(prepare(tracked)).toEqual({ secretsprovider: provider, config: {} });
  });

  test("has provider and key of the state when the stack has no file", () => {
    write(files.checkpoint, state({ url: provider, encryptedkey: "STATE" }));
    expect(prepare(join(folder, "absent.yaml"))).toEqual({
      secretsprovider: provider,
      encryptedkey: "STATE",
      config: {},
    });
  });

  test.each(["default", "passphrase"])("%s is the passphrase", (value) => {
    expect(secretsProviderOf(write(join(folder, "Pulumi.prod.yaml"), `secretsprovider: ${value}\n`))).toBeUndefined();
  });
});

test("raw settings are the defaults under the stack's file, without encrypted values and other projects' keys", () => {
  write(
    join(folder, "Pulumi.yaml"),
    "name: project\nconfig:\n  nodes: { default: 1 }\n  hosts: { default: [] }\n  key: { default: '' }\n",
  );
  const config = write(
    join(folder, "config.yaml"),
    "config:\n  project:nodes: 3\n  other:nodes: 9\n  project:key: { secure: abc }\n  project:unknown: yes\n",
  );
  expect(rawSettings(folder, config)).toEqual({ nodes: "3", hosts: "[]", key: "", unknown: "yes" });
});

describe("what a killed run left", () => {
  test("a lock file of a process that is gone is removed", async () => {
    const lock = write(
      join(files.locks, "a.json"),
      JSON.stringify({ pid: 2 ** 22 + 1, username: "u", hostname: hostname(), timestamp: "t" }),
    );
    expect(await clearDeadLocks("dev", files)).toBe(1);
    expect(existsSync(lock)).toBe(false);
  });

  test("a lock file whose process number now belongs to another program is removed", async () => {
    write(
      join(files.locks, "a.json"),
      JSON.stringify({ pid: process.pid, username: "u", hostname: hostname(), timestamp: "t" }),
    );
    expect(await clearDeadLocks("dev", files)).toBe(1);
  });

  test.each(["a.json", "a.json.18eabc16.tmp"])("a lock file %s that was cut off is removed", async (name) => {
    const lock = write(join(files.locks, name), "");
    expect(await clearDeadLocks("dev", files)).toBe(1);
    expect(existsSync(lock)).toBe(false);
  });

  test("the backend's empty description goes, one with content stays", () => {
    const meta = write(join(files.backend, ".pulumi", "meta.yaml"), "");
    ensureStateFolder(files);
    expect(existsSync(meta)).toBe(false);
    write(meta, "version: 1\n");
    ensureStateFolder(files);
    expect(readFileSync(meta, "utf8")).toBe("version: 1\n");
  });

  test("a lock file of another host is left alone, and says so", async () => {
    const content = { pid: 1, username: "u", hostname: "elsewhere", timestamp: "t" };
    const lock = write(join(files.locks, "a.json"), JSON.stringify(content));
    await expect(clearDeadLocks("dev", files)).rejects.toThrow("u on elsewhere");
    expect(existsSync(lock)).toBe(true);
  });

  test("pending operations are dropped, everything else of the state stays", () => {
    const latest = { resources: [{ urn: "a" }], pending_operations: [{ type: "creating" }, { type: "deleting" }] };
    write(files.checkpoint, checkpoint(latest));
    expect(dropPendingOperations(files)).toBe(2);
    expect(readFileSync(files.checkpoint, "utf8")).toBe(checkpoint({ resources: [{ urn: "a" }] }));
    expect(dropPendingOperations(files)).toBe(0);
  });

  test("checkpoints that were being written go; the one that is in force, its copy and other stacks' stay", () => {
    const beside = (name: string): string => join(dirname(files.checkpoint), name);
    const left = ["dev.json.18ec561f9ab922fb.tmp", "dev.json.bak.18ec561f9ab922fb.tmp"];
    const others = ["dev.json", "dev.json.bak", "dev.json.new", "dev-2.json.18ec561f9ab922fb.tmp"];
    for (const name of [...left, ...others]) write(beside(name), "");
    dropHalfWritten(files);
    expect(left.filter((name) => existsSync(beside(name)))).toEqual([]);
    expect(others.filter((name) => existsSync(beside(name)))).toEqual(others);
  });

  test("copies of the settings and stand-ins for the clone go with the stack, those of live runs do not", () => {
    const dead = 2 ** 22 + 1;
    const folderOf = (name: string): string => join(dirname(files.config), name);
    const left = [
      `Pulumi.dev.${dead}.yaml`,
      `Pulumi.dev.${dead}.yaml.${dead}.tmp`,
      `init-dev-${dead}-aB3xyZ/Pulumi.yaml`,
    ];
    const others = [
      `Pulumi.dev.${process.pid}.yaml`,
      `Pulumi.dev-2.${dead}.yaml`,
      `init-dev-2-${dead}-aB3xyZ/Pulumi.yaml`,
    ];
    for (const name of [...left, ...others]) write(folderOf(name), "");
    removeStackFiles(files);
    expect(left.filter((name) => existsSync(folderOf(name)))).toEqual([]);
    expect(others.filter((name) => existsSync(folderOf(name)))).toEqual(others);
  });

  test("a stack that never was has nothing to clear", async () => {
    expect(await clearDeadLocks("dev", files)).toBe(0);
    expect(dropPendingOperations(files)).toBe(0);
    expect(() => dropHalfWritten(files)).not.toThrow();
  });
});
