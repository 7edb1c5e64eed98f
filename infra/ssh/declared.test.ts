import { scriptInput, shellCommand } from "../../components/remote/remote-script";
import { commandsOf } from "./declared";

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEnQWMLzrCB7vUn7q7VYb0l9ZmHqOcoGa0p7uBXmLJ4T";
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});
const urn = (name: string): string => `urn:pulumi:dev::p::command:remote:Command::${name}`;
const connection = { host: "10.0.0.1", hostKey: HOST_KEY, privateKey: "KEY" };

test("commands of the program are read from an export, secrets laid open, with the way to run another script there", () => {
  const inputs = {
    create: `${shellCommand("up")} # script 0123`,
    stdin: secret(scriptInput("echo first", { role: "control-plane", text: "a=b" })),
    connection: secret({ ...connection, privateKey: secret("KEY") }),
  };
  const [command, ...others] = commandsOf([
    { urn: urn("dev-cluster-control-plane"), type: "command:remote:Command", inputs },
    { urn: urn("by-hand"), type: "command:remote:Command", inputs: { create: "reboot", connection } },
    { urn: urn("local"), type: "command:local:Command", inputs },
  ]);
  expect(others).toEqual([]);
  expect(command).toMatchObject({ name: "dev-cluster-control-plane", endpoint: { ...connection, user: "root" } });
  expect(command!.run.inputs).toEqual({ role: "control-plane", text: "a=b" });
  expect(command!.run.instead({ script: "echo second", verb: "snapshot", inputs: { key: "value" } })).toEqual({
    command: shellCommand("snapshot"),
    stdin: scriptInput("echo second", { key: "value" }),
  });
});
