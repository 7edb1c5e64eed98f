import { isSecret } from "@pulumi/pulumi";
import { recordGraph, settled } from "../../tests/support/graph";
import { PushedImage, type PushedImageArgs } from ".";

const args: PushedImageArgs = {
  archive: "/cache/image.tar",
  reference: "ofwasm.local/node-runtime:abc",
  digest: `sha256:${"ab".repeat(32)}`,
  repository: "registry.example.org:5000/team/node-runtime",
};

async function made(change: Partial<PushedImageArgs> = {}) {
  const graph = recordGraph();
  const image = new PushedImage("image", { ...args, ...change });
  await settled(image.pushed.urn);
  return { image, command: graph.get("image-push")! };
}

test("pods pull it by digest, which is known at preview and tells one image from the next", async () => {
  const { image, command } = await made();
  expect(image.image).toBe(`registry.example.org:5000/team/node-runtime@sha256:${"ab".repeat(32)}`);
  expect(command.inputs.create).toContain(args.digest);
  expect(command.inputs).not.toHaveProperty("delete");
  expect(JSON.parse(String(command.inputs.stdin))).toEqual({
    archive: args.archive,
    tag: "abc",
    repository: args.repository,
  });
});

test("a login is a secret, and on no command line", async () => {
  const { command, image } = await made({ login: { username: "robot", password: "hunter2" } });
  expect(command.inputs.create).not.toContain("hunter2");
  expect(JSON.stringify(command.inputs.stdin)).toContain("4dabf18193072939515e22adb298388d");
  expect(await isSecret((image.pushed as unknown as { stdin: never }).stdin)).toBe(true);
});
