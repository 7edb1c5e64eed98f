import { setTimeout } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

import debuggableModule = require("@pulumi/pulumi/runtime/debuggable");
import settings = require("@pulumi/pulumi/runtime/settings");

import { leanSdk } from "./lean-sdk";

const debuggable = debuggableModule as unknown as {
  debuggablePromise(promise: Promise<unknown>, context: unknown): Promise<unknown>;
};

const storage = () =>
  (globalThis as unknown as { asyncLocalStorage: { run<R>(store: unknown, body: () => R): R; getStore(): unknown } })
    .asyncLocalStorage;

/** Stack that the SDK keeps with a promise, for its report of promises that never end. */
async function traceOfPromise(): Promise<string> {
  const promise = Promise.resolve();
  await debuggable.debuggablePromise(promise, "context");
  return (promise as unknown as { _debugStackTrace: string })._debugStackTrace;
}

const places = (): unknown[] => (pulumi.Resource as unknown as { callsites(): unknown[] }).callsites();

let messages = 0;

/** Messages to the engine while a resource is registered. */
async function messagesOfOne(name: string): Promise<number> {
  messages = 0;
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
    call: ({ inputs }) => inputs,
  });
  const part = new pulumi.ComponentResource("test:index:Part", name);
  await new Promise<string>((resolve) => part.urn.apply(resolve));
  // Messages go one after the other, behind the registration.
  await setTimeout(50);
  return messages;
}

beforeAll(() => {
  const engine = {
    log: (_: unknown, done: () => void): void => {
      messages += 1;
      done();
    },
  };
  Object.assign(settings, { getEngine: () => engine });
});

test("nothing is turned off for who debugs, then all of it", async () => {
  process.env.PULUMI_DEBUG_PROMISE_LEAKS = "1";
  leanSdk();
  expect(await messagesOfOne("before")).toBeGreaterThan(0);
  expect(await traceOfPromise()).toContain("lean-sdk.test");
  expect(places()).not.toEqual([]);

  delete process.env.PULUMI_DEBUG_PROMISE_LEAKS;
  leanSdk();
  expect(await messagesOfOne("after")).toBe(0);
  expect(await traceOfPromise()).not.toContain("lean-sdk.test");
  expect(places()).toEqual([]);
});

test("errors of the program keep their stack", () => {
  leanSdk();
  expect(new Error("mine").stack).toContain("lean-sdk.test");
});

test("a program sees its own store, also later", async () => {
  leanSdk();
  const store = {};
  const seen = await storage().run(store, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return storage().getStore();
  });
  expect(seen).toBe(store);
});
