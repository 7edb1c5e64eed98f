import { machineNameProblem, stackNameProblem } from "./names";

describe("machineNameProblem", () => {
  it.each(["node-0", "a", "0", `${"a".repeat(61)}-0`])("takes %p", (name) =>
    expect(machineNameProblem(name)).toBeUndefined());

  it.each(["", "-a", "a-", "Node-0", "a.b", "a b", "a;rm", "../a"])("refuses %p: not a DNS label", (name) =>
    expect(machineNameProblem(name)).toContain("not a DNS label"));

  it("says how long a name is and may be", () => {
    expect(machineNameProblem("a".repeat(64))).toContain("64 characters, at most 63");
  });
});

describe("stackNameProblem", () => {
  it.each(["dev", "pr-17", "My_stack.1"])("takes %p", (name) => expect(stackNameProblem(name)).toBeUndefined());

  it.each(["", ".", "..", "a/b", "a b", "$(id)", "-a"])("refuses %p", (name) =>
    expect(stackNameProblem(name)).toContain("use letters"));

  it("says how long a name is and may be", () => {
    expect(stackNameProblem("a".repeat(101))).toContain("101 characters, at most 100");
  });
});
