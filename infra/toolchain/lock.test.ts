import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LockBusyError, withLock } from "./lock";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-lock-"));
  file = join(folder, "sub", "a.lock");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a second one is refused at once when it will not wait", async () => {
  await withLock(file, async () => {
    await expect(withLock(file, async () => "never", { waitSeconds: 0 })).rejects.toThrow(LockBusyError);
  });
  await expect(withLock(file, async () => "now", { waitSeconds: 0 })).resolves.toBe("now");
});

test("a waiting one says so and runs afterwards", async () => {
  const order: string[] = [];
  const waiting = new Promise<void>((told) => {
    void withLock(file, async () => {
      await new Promise<void>((resolve) => {
        void withLock(file, async () => void order.push("second"), { waiting: resolve }).then(told);
      });
      order.push("first");
    });
  });
  await waiting;
  expect(order).toEqual(["first", "second"]);
});

test("the holder may remove the file: whoever waited for it locks the new one, never both", async () => {
  let running = 0;
  let most = 0;
  const once = (): Promise<void> =>
    withLock(file, async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      rmSync(file);
      running -= 1;
    });
  await Promise.all(Array.from({ length: 8 }, once));
  expect(most).toBe(1);
  expect(existsSync(file)).toBe(false);
});

test("a failing body frees the lock", async () => {
  await expect(withLock(file, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await expect(withLock(file, async () => "now", { waitSeconds: 0 })).resolves.toBe("now");
});
