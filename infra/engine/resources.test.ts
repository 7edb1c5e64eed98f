import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { protectedNames, resourceUrns } from "./resources";

test("the state says what the stack has", () => {
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-resources-"));
  const named = (name: string): string => join(folder, name);
  const files = { checkpoint: named("dev.json"), backup: named("bak"), kept: named("kept"), torn: named("torn") };
  const withState = (latest: unknown): string[] => {
    writeFileSync(files.checkpoint, JSON.stringify({ version: 3, checkpoint: { latest } }));
    return resourceUrns(files);
  };
  expect(resourceUrns(files)).toEqual([]);
  expect(withState({ resources: [{ urn: "a" }, { urn: "b" }] })).toEqual(["a", "b"]);
  const machine = { urn: "urn:pulumi:prod::p::T$command:local:Command::prod-0-machine", protect: true };
  withState({ resources: [{ urn: "urn:pulumi:prod::p::T::prod" }, machine] });
  expect(protectedNames(files)).toEqual(["prod-0-machine"]);
  expect(withState(undefined)).toEqual([]);
  expect(protectedNames(files)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});
