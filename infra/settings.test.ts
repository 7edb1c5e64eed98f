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
])("%s in plain text is refused, and not repeated", (key) => {
  const value = "-----BEGIN hunter2";
  const attempt = () => read({ registryUsername: "robot", [key]: value });
  expect(attempt).toThrow(new RegExp(`${key} = \\(in plain text\\)`));
  expect(attempt).not.toThrow(/hunter2/);
});
