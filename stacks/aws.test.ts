import { join } from "node:path";
import { rawSettings } from "../infra/engine/stack-files";
import { parseSettings } from "../infra/settings";
import { aws, awsMachines } from "./aws";

const clone = join(__dirname, "..");
const defaults = rawSettings(clone, join(clone, "Pulumi.aws.yaml"));

describe("machines that AWS refuses to terminate", () => {
  it.each([
    ["none by default", {}, [false, false, false]],
    ["the one with etcd in production: workers may leave", { production: "true" }, [true, false, false]],
    ["all that the setting can protect", { awsTerminationProtection: "true" }, [true, true, true]],
    ["no spot machine", { awsTerminationProtection: "true", awsSpot: "true" }, [true, false, false]],
  ])("%s", (_, change, expected) => {
    const machines = awsMachines(parseSettings({ ...defaults, nodes: "3", ...change }));
    expect(machines.map(({ terminationProtection }) => terminationProtection)).toEqual(expected);
    expect(machines[0]?.spot).toBe(false);
  });
});

describe("the stack's name", () => {
  it.each([
    ["sixteen-letters1", []],
    ["seventeen-letters", ["stack's name"]],
    ["Prod", ["stack's name"]],
  ])("%s is judged before anything is begun", (stack, keys) => {
    const found = aws.problems?.(parseSettings(defaults), stack) ?? [];
    expect(found.map(({ key }) => key).filter((key) => !key.startsWith("aws"))).toEqual(keys);
  });
});
