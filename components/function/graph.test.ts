import * as pulumi from "@pulumi/pulumi";
import { type Declared, recordGraph, settled } from "../../tests/support/graph";
import { WasmFunction, type WasmFunctionArgs } from ".";

const ARGS: WasmFunctionArgs = { namespace: "fn", image: "registry.example/a:1", command: ["/a.wasm"], verify: false };

/** What the engine is told of a function's resources beside their inputs. */
async function declared(args: Partial<WasmFunctionArgs>): Promise<Map<string, Declared>> {
  const graph = recordGraph(({ type }) => (type.endsWith(":Deployment") ? { status: { readyReplicas: 1 } } : {}));
  const made = new WasmFunction("echo", { ...ARGS, ...args });
  await Promise.all([settled(made.url), settled(made.ready)]);
  await pulumi.runtime.disconnect();
  return graph;
}

describe("what is waited for", () => {
  test("a check gets the time that it may take, and what the cluster needs beside", async () => {
    const verify = (await declared({ verify: { timeoutSeconds: 3600 } })).get("echo-verify")!;
    const { activeDeadlineSeconds } = verify.inputs.spec as { activeDeadlineSeconds: number };
    expect(activeDeadlineSeconds).toBeGreaterThan(3600);
    expect(verify.timeouts).toEqual({
      create: `${activeDeadlineSeconds + 30}s`,
      update: `${activeDeadlineSeconds + 30}s`,
    });
  });

  test("a build gets the time that it may take, and what serves it its own", async () => {
    const source = { url: "https://git.example/a" };
    const build = { dockerfile: "Dockerfile", source, timeoutSeconds: 3600 };
    const run = (await declared({ lane: "knative", wait: false, build })).get("echo-build-run")!;
    expect(run.timeouts).toEqual({ create: "3630s", update: "3630s" });
    const both = (await declared({ lane: "openfunction", build })).get("echo-function")!;
    expect(both.timeouts).toEqual({ create: "4200s", update: "4200s" });
    const { timeoutSeconds: _, ...short } = build;
    expect((await declared({ lane: "openfunction", build: short })).get("echo-function")!.timeouts.create).toBe("");
  });
});

test("a Function of one version of the API is the same one in the other", async () => {
  const function_ = async (apiVersion?: "v1beta1" | "v1beta2") =>
    (await declared({ lane: "openfunction", ...(apiVersion && { apiVersion }) })).get("echo-function")!;
  const first = await function_("v1beta1");
  const second = await function_("v1beta2");
  expect([first.formerTypes, second.formerTypes]).toEqual([[second.type], [first.type]]);
  expect((await function_()).type).toBe(second.type);
});

test("what an autoscaler counts is left to it, and a fixed number is not", async () => {
  const deployment = async (args: Partial<WasmFunctionArgs>) => (await declared(args)).get("echo-deployment")!;
  expect((await deployment({ scale: { min: 2 } })).ignoreChanges).toEqual(["spec.replicas"]);
  expect((await deployment({ replicas: 2 })).ignoreChanges).toEqual([]);
});
