import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resourceUrns } from "./resources";

test("the state says what the stack has", () => {
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-resources-"));
  const files = { checkpoint: join(folder, "dev.json"), backup: join(folder, "bak"), kept: join(folder, "kept") };
  const withState = (latest: unknown): string[] => {
    writeFileSync(files.checkpoint, JSON.stringify({ version: 3, checkpoint: { latest } }));
    return resourceUrns(files);
  };
  expect(resourceUrns(files)).toEqual([]);
  expect(withState({ resources: [{ urn: "a" }, { urn: "b" }] })).toEqual(["a", "b"]);
  expect(withState(undefined)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});
