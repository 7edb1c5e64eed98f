import * as pulumi from "@pulumi/pulumi";
import { SshNodePool, type SshNodePoolArgs, sshPoolProblems } from "./ssh";

let registered: string[] = [];

beforeEach(() => {
  registered = [];
  pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      registered.push(`${type} ${name} ${JSON.stringify(inputs)}`);
      return { id: name, state: inputs };
    },
    call: ({ inputs }) => inputs,
  });
});

const HOST = { name: "a", address: "192.0.2.10", hostKey: "ssh-ed25519 AAAA" };

function resolved<T>(output: pulumi.Input<T>): Promise<T> {
  return new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value as T)));
}

describe("SshNodePool", () => {
  const args: SshNodePoolArgs = {
    hosts: [HOST, { ...HOST, name: "b", internalAddress: "10.0.0.2", port: 2222, user: "admin", privateKey: "own" }],
    privateKey: "shared",
  };

  it("makes nothing but itself, and shows names only", async () => {
    const pool = new SshNodePool("node", args);
    await resolved(pool.urn);
    expect(registered).toEqual(['ofwasm:index:SshNodePool node {"hosts":["a","b"]}']);
  });

  it("hands out its machines in order, each with a secret connection", async () => {
    const { machines } = new SshNodePool("node", args);
    expect(machines.map(({ name, index, address, ready }) => ({ name, index, address, ready }))).toEqual([
      { name: "a", index: 0, address: "192.0.2.10", ready: [] },
      { name: "b", index: 1, address: "10.0.0.2", ready: [] },
    ]);
    expect(await Promise.all(machines.map(({ connection }) => resolved(connection)))).toEqual([
      { host: "192.0.2.10", port: 22, user: "root", hostKey: "ssh-ed25519 AAAA", privateKey: "shared" },
      { host: "192.0.2.10", port: 2222, user: "admin", hostKey: "ssh-ed25519 AAAA", privateKey: "own" },
    ]);
    for (const { connection } of machines) expect(await pulumi.isSecret(pulumi.output(connection))).toBe(true);
  });

  it("hands out the password of sudo as a secret, the machine's own before the pool's", async () => {
    const hosts = [HOST, { ...HOST, name: "b", sudoPassword: "own" }];
    const { machines } = new SshNodePool("node", { hosts, sudoPassword: "shared" });
    expect(await Promise.all(machines.map(({ sudoPassword }) => resolved(sudoPassword)))).toEqual(["shared", "own"]);
    for (const { sudoPassword } of machines) expect(await pulumi.isSecret(pulumi.output(sudoPassword))).toBe(true);
    expect(new SshNodePool("none", { hosts: [HOST] }).machines[0]).not.toHaveProperty("sudoPassword");
  });

  it("goes through the bastion to every machine", async () => {
    const proxy = { host: "192.0.2.1", hostKey: "ssh-ed25519 BBBB" };
    const [machine] = new SshNodePool("node", { hosts: [HOST], proxy }).machines;
    expect(await resolved(machine!.connection)).toMatchObject({ host: HOST.address, proxy });
  });

  it("logs in through an agent when there is no key", async () => {
    const [machine] = new SshNodePool("node", { hosts: [HOST], agentSocketPath: "/run/agent" }).machines;
    expect(await resolved(machine!.connection)).toMatchObject({ agentSocketPath: "/run/agent" });
    const [session] = new SshNodePool("session", { hosts: [HOST] }).machines;
    expect(Object.keys(await resolved(session!.connection))).toEqual(["host", "port", "user", "hostKey"]);
  });
});

describe("sshPoolProblems", () => {
  it("wants at least one machine", () => {
    expect(sshPoolProblems({ hosts: [] })).toEqual([
      { propertyPath: "hosts", reason: "empty: give at least one machine" },
    ]);
  });

  it("reports a bad name and a name given twice, all at once", () => {
    const problems = sshPoolProblems({ hosts: [HOST, HOST, { ...HOST, name: "B", privateKey: "own" }] });
    expect(problems.map(({ propertyPath }) => propertyPath)).toEqual(["hosts[1].name", "hosts[2].name"]);
  });
});
