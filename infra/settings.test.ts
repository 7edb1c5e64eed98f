import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { rawSettings } from "./engine/stack-files";
import { readSettings, type Settings } from "./settings";

/** As the engine hands them over, secrets decrypted and named. */
function read(change: Record<string, string>, secrets: string[] = []): Settings {
  const raw = { ...rawSettings(join(__dirname, "..")), ...change };
  const config = Object.fromEntries(Object.entries(raw).map(([key, value]) => [`project:${key}`, value]));
  pulumi.runtime.setAllConfig(
    config,
    secrets.map((key) => `project:${key}`),
  );
  return readSettings("project");
}

afterAll(() => pulumi.runtime.setAllConfig({}));

test("the program takes a registry's login, and refuses half of one", () => {
  const login = { registryUsername: "robot", registryPassword: "hunter2" };
  expect(read(login, ["registryPassword"])).toMatchObject(login);
  expect(() => read({ registryUsername: "robot" })).toThrow(/registryPassword = \(not set\)/);
  expect(() => read({ registryPassword: "hunter2" }, ["registryPassword"])).toThrow(/registryUsername = \(not set\)/);
});

test.each([
  "registryPassword",
  "sshPrivateKey",
  "kubeconfig",
  "sudoPassword",
])("%s in plain text is refused, and not repeated", (key) => {
  const value = "-----BEGIN hunter2";
  const attempt = () => read({ registryUsername: "robot", [key]: value });
  expect(attempt).toThrow(new RegExp(`${key} = \\(in plain text\\)`));
  expect(attempt).not.toThrow(/hunter2/);
});

const HOST = { address: "192.0.2.7", hostKey: "ssh-ed25519 AAAA" };

test("secrets of hosts come by their names, encrypted and of the right kind", () => {
  const hosts = JSON.stringify([
    { ...HOST, privateKey: "key", sudoPassword: "word" },
    { ...HOST, privateKey: "agent" },
  ]);
  const bastion = JSON.stringify({ ...HOST, privateKey: "key" });
  const secrets = (sshSecrets: object) => ({ hosts, bastion, sshSecrets: JSON.stringify(sshSecrets) });
  const good = { key: "-----BEGIN hunter2", word: "hunter2" };
  expect(read(secrets(good), ["sshSecrets"])).toMatchObject({ sshSecrets: good, bastion: { privateKey: "key" } });
  expect(() => read(secrets(good))).toThrow(/sshSecrets = \(in plain text\)/);
  expect(() => read(secrets({ key: "hunter2", word: "hunter\n2" }), ["sshSecrets"])).toThrow(
    /3 settings .*\n {2}sshSecrets.key = \(secret\).*\n {2}sshSecrets.word = \(secret\).*one line.*\n {2}sshSecrets.key/,
  );
  expect(() => read({ hosts, bastion })).toThrow(
    /3 settings .*\n {2}hosts = privateKey of node-0: key: .*--path sshSecrets.key\)\n {2}hosts = sudoPassword of node-0: word: .*\n {2}bastion = privateKey of it: key: /,
  );
});
