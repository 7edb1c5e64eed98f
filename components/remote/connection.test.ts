import * as pulumi from "@pulumi/pulumi";
import { type ConnectionArgs, remoteConnection } from "./connection";

const resolved = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => output.apply((value) => resolve(value as T)));

const HOP = { host: "192.0.2.1", hostKey: "ssh-ed25519 AAAA" };
const DIALLING = { dialErrorLimit: 30, perDialTimeout: 5 };

describe("the connection input of a remote command", () => {
  it("is one secret, with the defaults filled in and no field of a way that was not given", async () => {
    const connection = remoteConnection(HOP);
    expect(await pulumi.isSecret(connection)).toBe(true);
    expect(await resolved(connection)).toEqual({ ...HOP, port: 22, user: "root", ...DIALLING });
  });

  it("carries every field, of the machine and of the bastion alike", async () => {
    const whole = { ...HOP, port: 2222, user: "admin", privateKey: "KEY", agentSocketPath: "/run/agent" };
    const to: ConnectionArgs = { ...whole, proxy: { ...whole, host: "192.0.2.2" } };
    expect(await resolved(remoteConnection(to))).toEqual({
      ...whole,
      ...DIALLING,
      proxy: { ...whole, host: "192.0.2.2", ...DIALLING },
    });
  });

  it("leaves out what it does not know: the provider would print the whole object otherwise", async () => {
    const unknown = { ...HOP, password: "secret" } as ConnectionArgs;
    expect(await resolved(remoteConnection(unknown))).not.toHaveProperty("password");
  });
});
