import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type CheckpointFiles, isTorn, keepWhole, mendCheckpoint, readCheckpoint, TornStateError } from "./checkpoint";

let folder: string;
let files: CheckpointFiles;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-checkpoint-"));
  const named = (name: string): string => join(folder, name);
  files = {
    checkpoint: named("dev.json"),
    backup: named("dev.json.bak"),
    kept: named("kept/dev.json"),
    torn: named("kept/torn.json"),
  };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const version = (second: number): string =>
  JSON.stringify({ version: 3, checkpoint: { latest: { manifest: { time: `2026-11-01T10:00:0${second}.5Z` } } } });

/** As the file backend does it: another file, which takes the name. */
function replace(content: string): void {
  writeFileSync(`${files.checkpoint}.tmp`, content);
  renameSync(`${files.checkpoint}.tmp`, files.checkpoint);
}

const content = (file: string): string => readFileSync(file, "utf8");

test("a whole state is read and left as it is, whatever else is there", () => {
  replace(version(1));
  writeFileSync(files.backup, version(2));
  expect(readCheckpoint(files)).toEqual(JSON.parse(version(1)));
  expect([isTorn(files), mendCheckpoint(files)]).toEqual([false, undefined]);
  expect(content(files.checkpoint)).toBe(version(1));
});

test("a stack that never was has no state, though an earlier one of its name left a copy", () => {
  writeFileSync(files.backup, version(1));
  expect(readCheckpoint(files)).toBeUndefined();
  expect(mendCheckpoint(files)).toBeUndefined();
  expect(existsSync(files.checkpoint)).toBe(false);
});

describe("a state that a full disk cut off", () => {
  const torn = version(3).slice(0, -9);

  test.each([
    ["the kept version", 2, 1, 2],
    ["the backend's own copy, when that is newer", 1, 2, 2],
    ["the only whole one", 2, undefined, 2],
  ])("becomes %s", (_, kept, backup, expected) => {
    replace(version(kept));
    keepWhole(files)();
    writeFileSync(files.backup, backup === undefined ? "" : version(backup));
    replace(torn);
    expect(isTorn(files)).toBe(true);
    expect(readCheckpoint(files)).toEqual(JSON.parse(version(expected)));
    expect(mendCheckpoint(files)).toMatch(`the version of 2026-11-01T10:00:0${expected}.500Z is used`);
    expect([content(files.checkpoint), content(files.torn)]).toEqual([version(expected), torn]);
    expect(readdirSync(folder).sort()).toEqual(["dev.json", "dev.json.bak", "kept"]);
  });

  test("does not take the place of the version kept before", () => {
    replace(version(1));
    keepWhole(files)();
    for (const cut of [torn, ""]) {
      replace(cut);
      keepWhole(files)();
    }
    expect(content(files.kept)).toBe(version(1));
    expect(readdirSync(dirname(files.kept))).toEqual(["dev.json"]);
  });

  test("is an error that says what to do when no whole version is left", () => {
    replace(torn);
    writeFileSync(files.backup, "");
    expect(() => readCheckpoint(files)).toThrow(TornStateError);
    expect(() => mendCheckpoint(files)).toThrow(/dev\.json is cut off.*put a copy of your own in its place/);
    expect(content(files.checkpoint)).toBe(torn);
  });
});

test("while the engine works each version is kept soon, with no second copy of its content", async () => {
  replace(version(1));
  const stop = keepWhole(files);
  expect(content(files.kept)).toBe(version(1));
  replace(version(2));
  for (let waited = 0; waited < 100 && content(files.kept) !== version(2); waited++)
    await new Promise((done) => setTimeout(done, 50));
  expect(content(files.kept)).toBe(version(2));
  replace(version(3));
  stop();
  expect(content(files.kept)).toBe(version(3));
  expect(statSync(files.kept).ino).toBe(statSync(files.checkpoint).ino);
});

test("where nothing can be kept the engine works on undisturbed", () => {
  replace(version(1));
  // A file in the place of the folder.
  writeFileSync(dirname(files.kept), "");
  expect(keepWhole(files)()).toBeUndefined();
  expect(content(files.checkpoint)).toBe(version(1));
});
