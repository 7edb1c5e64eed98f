import { needsConfig, policiesFor, stackOf } from "./plain-pulumi";

test.each([
  [["up", "--stack", "ssh"], undefined, "ssh"],
  [["up", "-s", "ssh"], "dev", "ssh"],
  [["up", "--stack=ssh"], "dev", "ssh"],
  [["up"], "other", "other"],
  [["up"], undefined, "dev"],
])("pulumi %j with PULUMI_STACK=%s works on stack %s", (args, environment, stack) => {
  expect(stackOf(args, environment)).toBe(stack);
});

test.each([
  [["up", "--yes"], true],
  [["--stack", "dev", "up"], true],
  [["-C", ".", "preview"], true],
  [["stack", "import"], false],
  [["--color", "never"], false],
  [["preview", "--config-file", "mine.yaml"], false],
  [["config", "set", "nodes", "3"], false],
  [["stack", "output"], false],
])("pulumi %j gets the stack's settings as a copy: %s", (args, expected) => {
  expect(needsConfig(args)).toBe(expected);
});

test.each([
  [["up", "--yes"], true],
  [["-s", "dev", "preview"], true],
  [["pre"], true],
  [["destroy"], false],
  [["refresh"], false],
  [["stack", "import"], false],
  [["preview", "--policy-pack", "mine"], false],
  [["up", "--policy-pack=mine"], false],
])("pulumi %j asks the project's rules: %s", (args, expected) => {
  expect(policiesFor(args).length > 0).toBe(expected);
});
