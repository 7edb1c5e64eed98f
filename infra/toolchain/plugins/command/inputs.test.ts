import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { type PropertyMap, SIGNATURE, secret, UNKNOWN } from "../host";
import { diffInputs } from "./diff";
import { exportLines, previousOutput } from "./environment";
import { COPY_TO_REMOTE, checkInputs, LOCAL_COMMAND, REMOTE_COMMAND } from "./inputs";
import { keptOutputs, previewOutputs } from "./outputs";
import { redactor } from "./redact";

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEnQWMLzrCB7vUn7q7VYb0l9ZmHqOcoGa0p7uBXmLJ4T";
const connection: PropertyMap = { host: "h", hostKey: HOST_KEY, privateKey: "PRIVATE-KEY-TEXT" };

const reasons = (type: string, inputs: PropertyMap): string[] =>
  checkInputs(type, inputs).map(({ property, reason }) => `${property}: ${reason}`);

describe("check", () => {
  test("good inputs and unknown ones pass", () => {
    expect(checkInputs(REMOTE_COMMAND, { connection: secret(connection), create: "x", triggers: [1] })).toEqual([]);
    expect(checkInputs(REMOTE_COMMAND, { connection: UNKNOWN, create: UNKNOWN, environment: { A: UNKNOWN } })).toEqual(
      [],
    );
    expect(checkInputs(REMOTE_COMMAND, { connection: { ...connection, host: UNKNOWN, hostKey: UNKNOWN } })).toEqual([]);
  });

  test("every mistake is named with its path, and no value is repeated", () => {
    const found = reasons(REMOTE_COMMAND, {
      connection: secret({
        ...connection,
        port: "22",
        hostKey: "ssh-ed25519 AAAA",
        privatekey: "x",
        proxy: { host: "b" },
      }),
      create: 1,
      stdin: ["x"],
      colour: "red",
    });
    expect(found.map((line) => line.split(":")[0])).toEqual([
      "connection.port",
      "connection.privatekey",
      "connection.hostKey",
      "connection.proxy.hostKey",
      "create",
      "stdin",
      "colour",
    ]);
    expect(found.join()).not.toMatch("PRIVATE-KEY-TEXT");
  });

  test("a copy needs its parts; what only the official plugin does is named", () => {
    expect(reasons(COPY_TO_REMOTE, { connection })).toEqual(["remotePath: is required", "source: is required"]);
    expect(reasons(LOCAL_COMMAND, { archivePaths: ["x"] })[0]).toMatch("pulumi-resource-command");
    expect(reasons("command:remote:CopyFile", {})[0]).toMatch("pulumi-resource-command");
  });
});

describe("diff", () => {
  const inputs: PropertyMap = { connection: secret({ ...connection, port: 22 }), create: "a", triggers: [1, "x"] };

  test("the same inputs are no change, secret or not", () => {
    expect(diffInputs(inputs, { ...inputs, create: secret("a") }).changes).toBe("none");
  });

  test("triggers replace, everything else updates", () => {
    expect(diffInputs(inputs, { ...inputs, triggers: [2, "x"] })).toEqual({
      changes: "some",
      replaces: ["triggers"],
      detailed: { "triggers[0]": { kind: "update-replace" } },
    });
    expect(diffInputs(inputs, { ...inputs, connection: secret({ ...connection, port: 23 }), stdin: "s" })).toEqual({
      changes: "some",
      replaces: [],
      detailed: { "connection.port": { kind: "update" }, stdin: { kind: "add" } },
    });
    expect(diffInputs(inputs, { ...inputs, triggers: undefined }).detailed).toEqual({
      triggers: { kind: "delete-replace" },
    });
  });

  test("an asset changes with its content", () => {
    const asset = (hash: string): PropertyMap => ({
      source: { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", hash, path: "p" },
    });
    expect(diffInputs(asset("a"), asset("a")).changes).toBe("none");
    expect(diffInputs(asset("a"), asset("b")).detailed).toEqual({ source: { kind: "update" } });
  });
});

describe("outputs", () => {
  test("one secret input makes both outputs secret", () => {
    expect(keptOutputs({ stdin: secret("s") }, { stdout: "a" })).toMatchObject({
      stdout: secret("a"),
      stderr: secret(""),
    });
    expect(keptOutputs({ stdin: "s" }, { stdout: "a" })).toMatchObject({ stdout: "a", stderr: "" });
  });

  test("a preview knows the output only when nothing runs", () => {
    const before = { inputs: { create: "a" }, outputs: { create: "a", stdout: "old", stderr: "" } };
    expect(previewOutputs({ create: "a" }, before).stdout).toBe("old");
    expect(previewOutputs({ create: "b" }, before).stdout).toBe(UNKNOWN);
    expect(previewOutputs({ create: "a" }).stdout).toBe(UNKNOWN);
  });
});

describe("redaction", () => {
  test("secret lines and values go, the machine's address stays", () => {
    const redact = redactor({
      connection: secret({ ...connection, host: "machine-7", password: "pass-word" }),
      stdin: secret("token=abcdef123\nplain-line\n"),
      environment: { A: "not-a-secret", B: secret("xy") },
    });
    expect(redact("abcdef123 plain-line pass-word machine-7 not-a-secret xy PRIVATE-KEY-TEXT")).toBe(
      "[secret] [secret] [secret] machine-7 not-a-secret xy [secret]",
    );
  });
});

describe("environment", () => {
  test("any value reaches a shell as it is", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 40 }).filter((text) => !text.includes("\0")),
        (value) => {
          const text = exportLines({ VALUE: value });
          const script = `eval "$(head -c ${Buffer.byteLength(text)})"; printf %s "$VALUE"; cat`;
          const printed = execFileSync("sh", ["-c", script], { input: `${text}rest` }).toString();
          expect(printed).toBe(`${value}rest`);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("an output that no process could start with is left out", () => {
    expect(previousOutput("x".repeat(200_000), "e")).toEqual({ PULUMI_COMMAND_STDERR: "e" });
    expect(previousOutput("", undefined)).toEqual({});
  });
});
