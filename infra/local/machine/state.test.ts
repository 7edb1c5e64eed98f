import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readJson, withFolder } from "./state";

let root: string;
const before = process.env.OFWASM_STATE;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ofwasm-state-"));
  process.env.OFWASM_STATE = root;
});

afterEach(() => {
  if (before === undefined) delete process.env.OFWASM_STATE;
  else process.env.OFWASM_STATE = before;
  rmSync(root, { recursive: true });
});

describe("withFolder", () => {
  const folder = (): string => join(root, "machines/dev/node-0");

  it("lets one at a time in", async () => {
    let inside = 0;
    let most = 0;
    const visit = () =>
      withFolder(folder(), async () => {
        most = Math.max(most, ++inside);
        await sleep(20);
        inside--;
      });
    await Promise.all([visit(), visit(), visit()]);
    expect(most).toBe(1);
  });

  it("gives whoever waited a new folder when the one before removed it", async () => {
    const remover = withFolder(folder(), async () => {
      await sleep(100);
      rmSync(folder(), { recursive: true });
    });
    await sleep(50);
    const seen = await withFolder(folder(), async () => {
      writeFileSync(join(folder(), "mine"), "");
      await remover;
      return existsSync(join(folder(), "mine"));
    });
    expect(seen).toBe(true);
  });

  it("is free again after a failure", async () => {
    await expect(withFolder(folder(), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withFolder(folder(), async () => 1)).toBe(1);
  });
});

describe("readJson", () => {
  it("reads what was written, nothing from no file, and names a damaged one", () => {
    const file = join(root, "a.json");
    expect(readJson(file)).toBeUndefined();
    writeFileSync(file, '{"a":1}');
    expect(readJson(file)).toEqual({ a: 1 });
    writeFileSync(file, '{"a"');
    expect(() => readJson(file)).toThrow(`${file} is not JSON`);
  });
});
