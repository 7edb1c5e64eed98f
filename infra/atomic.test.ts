import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeAtomically } from "./atomic";

describe("writeAtomically", () => {
  const root = mkdtempSync(join(tmpdir(), "ofwasm-atomic-"));
  afterAll(() => rmSync(root, { recursive: true }));

  it("makes the folder, replaces the whole content, keeps it private and leaves nothing beside it", () => {
    const file = join(root, "deep", "down", "file");
    writeAtomically(file, "first and longer");
    writeAtomically(file, "second");
    expect(readFileSync(file, "utf8")).toBe("second");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(root, "deep", "down"))).toEqual(["file"]);
  });

  it("leaves nothing beside a file that it cannot replace", () => {
    const file = join(root, "taken");
    mkdirSync(join(file, "by a folder"), { recursive: true });
    expect(() => writeAtomically(file, "content")).toThrow();
    expect(readdirSync(root).filter((name) => name.startsWith("taken"))).toEqual(["taken"]);
  });

  it("gives a file the mode that is asked for, also one that was there with another", () => {
    const file = join(root, "file");
    writeAtomically(file, "secret");
    writeAtomically(file, "for all", 0o644);
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });
});
