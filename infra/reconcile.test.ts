import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type Declared, recordGraph } from "../tests/support/graph";
import { reconcileMachines } from "./reconcile";

const connection = { host: "192.0.2.1", hostKey: "ssh-ed25519 AAAA" };

async function declared(value: string): Promise<Map<string, Declared>> {
  const graph = recordGraph();
  await pulumi.runtime.runInPulumiStack(async () => {
    reconcileMachines(value);
    new remote.Command("script", { connection, create: "bash -s up", stdin: "script\nkey=value\n" });
    new remote.Command("secret", { connection, create: "bash -s up", stdin: pulumi.secret("script\ntoken=word\n") });
    new remote.Command("plain", { connection, create: "uptime" });
    const source = new pulumi.asset.StringAsset("text");
    new remote.CopyToRemote("copy", { connection, source, remotePath: "file" });
  });
  await pulumi.runtime.disconnect();
  return graph;
}

test("without a value every input is what it was", async () => {
  const graph = await declared("");
  expect(graph.get("script")?.inputs.stdin).toBe("script\nkey=value\n");
  expect(graph.get("copy")?.inputs).not.toHaveProperty("triggers");
});

test("a value is one more input of each script, changed in place, and a trigger of each copy", async () => {
  const graph = await declared("2026-01-02");
  expect(graph.get("script")?.inputs).toMatchObject({
    create: "bash -s up",
    stdin: "script\nkey=value\nreconcile=2026-01-02\n",
  });
  expect(graph.get("script")?.inputs.triggers).toBeUndefined();
  expect(graph.get("plain")?.inputs.stdin).toBeUndefined();
  expect(graph.get("copy")?.inputs.triggers).toEqual(["2026-01-02"]);
});

test("what is secret on standard input stays secret", async () => {
  const { stdin } = (await declared("1")).get("secret")?.inputs as { stdin: Record<string, unknown> };
  expect(stdin).toMatchObject({ value: "script\ntoken=word\nreconcile=1\n" });
});
