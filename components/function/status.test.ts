import * as pulumi from "@pulumi/pulumi";
import { condition, succeeded } from "./status";

const run = (status: string) => ({
  completionTime: "2026-01-01T00:00:00Z",
  conditions: [{ type: "Succeeded", status, reason: "BuildRunTimeout", message: "no answer" }],
});

test("a failed run says why, and how it is run again", () => {
  expect(() => succeeded("echo", run("False"))).toThrow(pulumi.RunError);
  expect(() => succeeded("echo", run("False"))).toThrow(
    /^function "echo": its build failed: BuildRunTimeout: no answer; .*another build\.trigger$/,
  );
});

test("one that did not fail, or of which nothing is known, is as it is", () => {
  for (const status of [run("True"), run("Unknown"), {}, undefined]) expect(succeeded("echo", status)).toBe(status);
  expect([run("True"), run("False"), undefined].map(condition("Succeeded"))).toEqual([true, false, false]);
});
