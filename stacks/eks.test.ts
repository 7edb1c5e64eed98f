import { join } from "node:path";
import { rawSettings } from "../infra/engine/stack-files";
import { parseSettings } from "../infra/settings";
import { eks } from "./eks";

const mistakes = (change: Record<string, string>): string[] =>
  eks.problems!(parseSettings({ ...rawSettings(join(__dirname, "..")), ...change }), "prod").map(({ key }) => key);

const ROLL = { canary: "worker-1", maxUnavailable: "50%", reconcile: "2026-01-02" };

test("EKS tells what of a roll it cannot be told", () => {
  expect(mistakes(ROLL)).toEqual(expect.arrayContaining(Object.keys(ROLL)));
  const others = mistakes({});
  for (const key of Object.keys(ROLL)) expect(others).not.toContain(key);
});
