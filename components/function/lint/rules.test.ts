import { BUILD_CASES } from "../../../tests/support/build-cases";
import { second } from "../../../tests/support/function-objects";
import { SERVING_CASES } from "../../../tests/support/serving-cases";
import { type FunctionObject, lintFunction, ruleNames } from ".";

const cases = { ...SERVING_CASES, ...BUILD_CASES };

const found = (rule: string, object: FunctionObject): string[] =>
  lintFunction(JSON.parse(JSON.stringify(object)))
    .filter((finding) => finding.rule === rule)
    .map(({ path }) => path);

describe("rules for a Function that a team has", () => {
  it("have a red and a green example each", () => {
    expect(Object.keys(cases).sort()).toEqual([...ruleNames].sort());
    for (const [rule, all] of Object.entries(cases))
      expect([rule, all.some(({ green }) => green.length > 0)]).toEqual([rule, true]);
  });

  it("find nothing in one that is right", () => expect(lintFunction(JSON.parse(JSON.stringify(second())))).toEqual([]));

  const red = Object.entries(cases).flatMap(([rule, all]) => all.map((one) => [rule, one.red] as const));
  it.each(red)("%s finds what is wrong, with a reason and a way out", (rule, [object, ...paths]) => {
    expect(found(rule, object)).toEqual(paths);
    for (const finding of lintFunction(object).filter((one) => one.rule === rule))
      expect([finding.reason.length > 10, finding.next.length > 5]).toEqual([true, true]);
  });

  const green = Object.entries(cases).flatMap(([rule, all]) =>
    all.flatMap((one) => one.green.map((object) => [rule, object] as const)),
  );
  it.each(green)("%s lets pass what is right: %#", (rule, object) => {
    expect(found(rule, object)).toEqual([]);
  });
});
