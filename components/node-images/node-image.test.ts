import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { recordGraph, settled } from "../../tests/support/graph";
import type { Machine } from "../node-pool";
import { NodeImage } from "./node-image";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-node-image-"));
  writeFileSync(join(folder, "image.tar"), "image");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const connection = { host: "192.0.2.1", user: "admin", hostKey: "ssh-ed25519 AAAA", privateKey: "PRIVATE" };
const machine: Machine = { name: "a", index: 0, address: "192.0.2.1", connection, ready: [] };

async function declared(digest: string) {
  const graph = recordGraph();
  const image = new NodeImage("image", { machine, archive: join(folder, "image.tar"), reference: "local/a:1", digest });
  await settled(image.present.urn);
  await pulumi.runtime.disconnect();
  return graph;
}

test("an image costs a machine one copy and then one command, by content and without secrets in sight", async () => {
  const graph = await declared(`sha256:${"ab".repeat(32)}`);
  expect([...graph.keys()]).toEqual(["image", "image-archive", "image-import"]);
  expect(graph.get("image-archive")?.inputs.remotePath).toBe(".ofwasm-image-abababababababab.tar");
  const command = graph.get("image-import")!;
  expect(command.parent).toBe("image");
  expect(command.dependsOn).toEqual(["image-archive"]);
  expect(command.inputs.stdin).toMatch(/\ndigest=sha256:(ab){32}\nreference=local\/a:1\nsocket=/);
  expect(JSON.stringify([command.inputs.create, command.inputs.stdin])).not.toContain("PRIVATE");
});

test("another image is the same two resources with other inputs", async () => {
  const before = await declared(`sha256:${"ab".repeat(32)}`);
  const after = await declared(`sha256:${"cd".repeat(32)}`);
  expect([...after.keys()]).toEqual([...before.keys()]);
  expect(after.get("image-import")?.inputs.triggers).toBeUndefined();
});
