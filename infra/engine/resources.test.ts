import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resourceUrns } from "./resources";

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
  expect(withState(undefined)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});
