import { Resource } from "@pulumi/pulumi";

// As modules are at run time, so that what is replaced here is what the SDK itself calls.
import log = require("@pulumi/pulumi/log");
import debuggableModule = require("@pulumi/pulumi/runtime/debuggable");

/** Its types leave the function out. */
const debuggable = debuggableModule as unknown as {
  debuggablePromise(promise: Promise<unknown>, context: unknown): Promise<unknown>;
};

let lean = false;

/**
 * Turns off what the SDK does to be debugged, which is two thirds of its work for a resource that has not changed.
 *
 * - Several messages to the engine for each resource, which shows them with --debug only.
 * - A stack trace for each of some thirty promises a resource, shown only for promises that leak, and one for the
 *   resource's place in the program, which here is a place in a bundle.
 * - Node's hooks into every promise, by which the SDK tells several programs in one process apart.
 *
 * For a process that runs one program at a time; nothing is turned off with `OFWASM_DEBUG` or
 * `PULUMI_DEBUG_PROMISE_LEAKS` in its environment.
 */
export function leanSdk(): void {
  if (lean || process.env.OFWASM_DEBUG || process.env.PULUMI_DEBUG_PROMISE_LEAKS) return;
  lean = true;
  Object.assign(log, { debug: () => Promise.resolve() });
  Object.assign(debuggable, { debuggablePromise: untraced(debuggable.debuggablePromise) });
  Object.assign(Resource, { callsites: () => [] });
  Object.assign(globalThis, { asyncLocalStorage: oneAtATime() });
}

/** The same function; errors that it makes carry no stack. */
function untraced<A extends unknown[], R>(body: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return body(...args);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
}

/** What the SDK uses of an AsyncLocalStorage, for one asynchronous context. */
function oneAtATime() {
  let current: unknown;
  return {
    getStore: () => current,
    run<A extends unknown[], R>(store: unknown, body: (...args: A) => R, ...args: A): R {
      current = store;
      return body(...args);
    },
  };
}
