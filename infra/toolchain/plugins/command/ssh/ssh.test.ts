import { pauseAfter } from "./dial";
import { endpointKey, readEndpoint } from "./endpoint";
import { fingerprint, keyType, parseHostKey } from "./host-key";
import { endText, shellText } from "./remote-run";
import { Slots } from "./slots";

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEnQWMLzrCB7vUn7q7VYb0l9ZmHqOcoGa0p7uBXmLJ4T comment";

test("a host key is read with its type and shown as ssh-keygen does", () => {
  const key = parseHostKey(HOST_KEY);
  expect(keyType(key.blob)).toBe("ssh-ed25519");
  expect(fingerprint(key.blob)).toMatch(/^SHA256:[\w+/]{43}$/);
});

test.each([
  "",
  "ssh-dss AAAA",
  "ssh-ed25519",
  "ssh-ed25519 AAAA",
  HOST_KEY.replace("ssh-ed25519", "ssh-rsa"),
])("%p is no host key", (text) => {
  expect(() => parseHostKey(text)).toThrow(/hostKey/);
});

test("pauses start short, double and stop growing", () => {
  expect([1, 2, 3, 7, 8, 30].map((failures) => pauseAfter(failures, "unreachable"))).toEqual([
    50, 100, 200, 3200, 5000, 5000,
  ]);
  const total = Array.from({ length: 30 }, (_, index) => pauseAfter(index + 1, "unreachable")).reduce((a, b) => a + b);
  expect(total / 1000).toBeCloseTo(121.35);
});

test("who and where decide the connection, dial settings do not", () => {
  const base = { host: "h", hostKey: HOST_KEY, privateKey: "k" };
  const key = (more: object) => endpointKey(readEndpoint({ ...base, ...more }));
  expect(key({ dialErrorLimit: 3, perDialTimeout: 9 })).toBe(key({}));
  expect(key({ port: 22, user: "root" })).toBe(key({}));
  for (const other of [{ port: 23 }, { user: "u" }, { privateKey: "l" }, { proxy: base }]) {
    expect(key(other)).not.toBe(key({}));
  }
});

test("the environment is not in what the machine's process list shows", () => {
  expect(shellText("m:", "run", 12)).toBe('echo m:$$ >&2\neval "$(head -c 12)"\nrun');
  expect(shellText("m:", "run", 0)).toBe("echo m:$$ >&2\nrun");
  expect(endText(42)).toMatch('kill -"$1" -- -42');
});

describe("slots", () => {
  const open = new AbortController().signal;

  test("let in as many as allowed, the others in order", async () => {
    const slots = new Slots(2);
    const order: number[] = [];
    const enter = (id: number) => slots.take(open).then(() => order.push(id));
    const all = [1, 2, 3, 4].map(enter);
    await Promise.all(all.slice(0, 2));
    expect(order).toEqual([1, 2]);
    slots.give();
    slots.give();
    await Promise.all(all);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  test("one who gives up leaves the line", async () => {
    const slots = new Slots(1);
    await slots.take(open);
    const impatient = new AbortController();
    const left = slots.take(impatient.signal);
    const next = slots.take(open);
    impatient.abort(new Error("enough"));
    await expect(left).rejects.toThrow("enough");
    slots.give();
    await expect(next).resolves.toBeUndefined();
  });

  test("shrink to what the machine really allows, but never to none", async () => {
    const slots = new Slots(3);
    await slots.take(open);
    await slots.take(open);
    expect(slots.shrink()).toBe(true);
    let entered = false;
    const waiting = slots.take(open).then(() => {
      entered = true;
    });
    await Promise.resolve();
    expect(entered).toBe(false);
    slots.give();
    await waiting;
    expect(slots.shrink()).toBe(false);
  });
});
