import * as pulumi from "@pulumi/pulumi";
import { LocalNodePool, type LocalNodePoolArgs, localPoolProblems } from "./local";
import { planNetwork } from "./network";
import type { MachineSpec } from "./spec";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

/** What the engine is told beside the inputs. */
interface Options {
  parent: string;
  secretOutputs: string[];
  ignoreChanges: string[];
  deleteBeforeReplace: boolean;
}

let registered: Registered[] = [];
let options: Record<string, Options> = {};

/** How the SDK marks a secret on the wire. */
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** Inputs of a resource; a secret shows as the SDK marks it on the wire. */
const inputsOf = (name: string): Record<string, unknown> => {
  const found = registered.find((resource) => resource.name === name);
  if (!found) throw new Error(`no resource ${name} among ${registered.map((each) => each.name).join(", ")}`);
  return found.inputs;
};

const key = (name: string) => ({ privateKey: `private ${name}`, publicKey: `ssh-ed25519 AAAA${name}` });

beforeEach(() => {
  registered = [];
  options = {};
  pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs });
        const keys = name.endsWith("-keys") ? { stdout: JSON.stringify(key(name)) } : {};
        return { id: `${name}-id`, state: { ...inputs, ...keys } };
      },
      call: ({ inputs }) => inputs,
    },
    "project",
    "dev",
  );
  recordOptions();
});

/** The part of a registration that mocks do not see. */
interface Request {
  getName(): string;
  getParent(): string;
  getAdditionalsecretoutputsList(): string[];
  getIgnorechangesList(): string[];
  getDeletebeforereplace(): boolean;
}

function recordOptions(): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: Request, done: unknown): void;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) => {
    options[request.getName()] = {
      parent: request.getParent().split("::").at(-1) ?? "",
      secretOutputs: request.getAdditionalsecretoutputsList(),
      ignoreChanges: request.getIgnorechangesList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
    };
    register(request, done);
  };
}

const ARGS: LocalNodePoolArgs = {
  stack: "dev",
  machines: 2,
  network: planNetwork("10.213.7.0/24"),
  image: "/images/1",
};

function resolved<T>(output: pulumi.Input<T>): Promise<T> {
  return new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value as T)));
}

/** Waits until the SDK has registered everything. */
async function made(args: LocalNodePoolArgs): Promise<LocalNodePool> {
  const pool = new LocalNodePool("node", args);
  await resolved(pool.urn);
  for (const machine of pool.machines) {
    await resolved(machine.connection);
    for (const resource of machine.ready as pulumi.Resource[]) await resolved(resource.urn);
  }
  return pool;
}

/** The specification that a machine's command gets, which must be a secret as a whole. */
function spec(name: string): MachineSpec {
  const { stdin } = inputsOf(name);
  expect(stdin).toEqual({ ...SECRET, value: expect.any(String) });
  return JSON.parse((stdin as { value: string }).value) as MachineSpec;
}

describe("LocalNodePool", () => {
  it("has one login key, and for each machine a host key and the machine", async () => {
    await made(ARGS);
    expect(registered.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "command:local:Command node-0-keys",
      "command:local:Command node-0-machine",
      "command:local:Command node-1-keys",
      "command:local:Command node-1-machine",
      "command:local:Command node-client-keys",
      "ofwasm:index:LocalNodePool node",
    ]);
  });

  it("hands the driver everything about a machine on standard input, and nothing secret elsewhere", async () => {
    await made({ ...ARGS, cpus: 1.5 });
    expect(spec("node-1-machine")).toEqual({
      stack: "dev",
      name: "node-1",
      address: "10.213.7.11",
      network: "10.213.7.0/24",
      gateway: "10.213.7.1",
      image: "/images/1",
      hostKey: key("node-1-keys"),
      authorizedKey: key("node-client-keys").publicKey,
      cpus: 1.5,
    });
    const { stdin: _, ...rest } = inputsOf("node-1-machine");
    expect(rest).toMatchObject({
      create: "ofwasm-machine create --new",
      update: "ofwasm-machine create",
      delete: "ofwasm-machine delete --stack dev --name node-1",
      addPreviousOutputInEnv: true,
      triggers: ["10.213.7.11", "10.213.7.0/24", "ssh-ed25519 AAAAnode-1-keys", "ssh-ed25519 AAAAnode-client-keys"],
    });
    expect(JSON.stringify(rest)).not.toContain("private");
  });

  it("keeps keys out of logs and out of the environment of later runs", async () => {
    await made(ARGS);
    for (const name of ["node-client-keys", "node-0-keys"])
      expect(inputsOf(name)).toMatchObject({
        create: "ofwasm-machine keys",
        logging: "none",
        addPreviousOutputInEnv: false,
      });
  });

  it("is the parent of all; keys are secrets that never change, a new machine takes the old one's place", async () => {
    await made(ARGS);
    const machine = { parent: "node", secretOutputs: [], ignoreChanges: [], deleteBeforeReplace: false };
    const keys = {
      parent: "node",
      secretOutputs: expect.arrayContaining(["stdout", "stderr"]),
      ignoreChanges: ["*"],
      deleteBeforeReplace: false,
    };
    expect(options).toMatchObject({
      "node-0-keys": keys,
      "node-1-keys": keys,
      "node-client-keys": keys,
      "node-0-machine": machine,
      "node-1-machine": machine,
    });
  });

  it("connects with the pinned host key, as one secret", async () => {
    const { machines } = await made(ARGS);
    const [first] = machines;
    expect(first).toMatchObject({ name: "node-0", index: 0, address: "10.213.7.10" });
    expect(await resolved(first!.connection)).toEqual({
      host: "10.213.7.10",
      hostKey: "ssh-ed25519 AAAAnode-0-keys",
      privateKey: "private node-client-keys",
    });
    expect(await pulumi.isSecret(pulumi.output(first!.connection))).toBe(true);
  });

  it("leaves the machines that exist as they are when it grows", async () => {
    await made(ARGS);
    const before = new Map(registered.filter(({ name }) => name !== "node").map((each) => [each.name, each]));
    registered = [];
    await made({ ...ARGS, machines: 5 });
    const after = new Map(registered.map((each) => [each.name, each]));
    for (const [name, resource] of before) expect(after.get(name)).toEqual(resource);
    expect(after.has("node-4-machine")).toBe(true);
  });

  it("replaces no machine for another image", async () => {
    await made(ARGS);
    const { triggers } = inputsOf("node-0-machine");
    registered = [];
    await made({ ...ARGS, image: "/images/2" });
    expect(inputsOf("node-0-machine").triggers).toEqual(triggers);
    expect(spec("node-0-machine").image).toBe("/images/2");
  });

  it("uses the driver that it is told", async () => {
    await made({ ...ARGS, driver: "other-driver" });
    expect(inputsOf("node-0-machine").create).toBe("other-driver create --new");
    expect(inputsOf("node-client-keys").create).toBe("other-driver keys");
  });
});

describe("localPoolProblems", () => {
  it("finds nothing wrong with a good pool", () => expect(localPoolProblems("node", ARGS)).toEqual([]));

  it.each([0, -1, 1.5, 246, Number.NaN])("refuses %p machines and says how many fit", (machines) => {
    expect(localPoolProblems("node", { ...ARGS, machines })).toEqual([
      {
        propertyPath: "machines",
        reason: `${machines}: a whole number from 1 to 245, what network 10.213.7.0/24 has room for`,
      },
    ]);
  });

  it("reports everything at once, before any resource is made", () => {
    const bad = { ...ARGS, stack: "a b", machines: 0, driver: "rm -rf /; x" };
    expect(localPoolProblems("Node", bad).map(({ propertyPath }) => propertyPath)).toEqual([
      "stack",
      "machines",
      "name",
      "driver",
    ]);
    expect(() => new LocalNodePool("Node", bad)).toThrow(pulumi.InputPropertiesError);
    expect(registered).toEqual([]);
  });
});
