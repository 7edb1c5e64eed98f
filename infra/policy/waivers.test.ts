import { rules } from "./rules";
import { waivers } from "./waivers";

test("every waiver names rules that there are, and a reason", () => {
  const known = rules.map(({ name }) => name);
  for (const { resource, rules: excused, reason } of waivers) {
    expect(excused.filter((name) => !known.includes(name))).toEqual([]);
    expect(excused.length).toBeGreaterThan(0);
    expect(resource).toMatch(/^[\w.*/-]+$/);
    expect(reason.length).toBeGreaterThan(20);
  }
});

test("no waiver excuses everything", () => {
  expect(waivers.filter(({ resource }) => /^[*/]*$/.test(resource))).toEqual([]);
});
