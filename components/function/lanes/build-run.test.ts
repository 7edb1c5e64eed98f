import * as pulumi from "@pulumi/pulumi";
import { settled } from "../../../tests/support/graph";
import type { FunctionSpec } from "../args";
import { directBuild } from "./direct-build";
import { shipwrightBuildRun } from "./shipwright";

const spec = (build: Partial<FunctionSpec["build"]> = {}): FunctionSpec => ({
  name: "echo",
  namespace: "fn",
  image: "registry.example/a:1",
  build: { dockerfile: "Dockerfile", source: { url: "https://git.example/a" }, ...build },
});

const runOf = (build?: Partial<FunctionSpec["build"]>): Promise<string> =>
  settled(shipwrightBuildRun(spec(build))!.metadata.name);

test("another trigger is another run of the same build, known now or later", async () => {
  const first = await runOf();
  const again = await runOf({ trigger: "again" });
  expect(await runOf()).toBe(first);
  expect(again).not.toBe(first);
  expect(await runOf({ trigger: pulumi.output("again") })).toBe(again);
  expect(await runOf({ trigger: "and again" })).not.toBe(again);
});

test("a Job gets the trigger too", () => {
  expect(directBuild(spec({ trigger: "again", job: { namespace: "builds" } }))).toMatchObject({ trigger: "again" });
});
