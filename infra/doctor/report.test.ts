import type { Finding } from "./finding";
import { jsonReport, textReport } from "./report";

const scope = { stack: "dev", machines: 1, objects: 12 };
const finding: Finding = {
  severity: "warning",
  where: "machine a",
  what: "the clock",
  expected: "now",
  found: "later",
  why: "it matters",
  mend: "set it",
  fixable: false,
};

test("nothing to say is one line", () => {
  expect(textReport(scope, [])).toBe("stack dev: nothing differs on 1 machine and 12 objects of the cluster\n");
});

test("a finding says what differs, why it matters and what mends it", () => {
  expect(textReport(scope, [finding, { ...finding, severity: "error", fixable: true }])).toBe(
    `warning  machine a: the clock
  expected  now
  found     later
  why       it matters
  mend      set it

error    machine a: the clock
  expected  now
  found     later
  why       it matters
  mend      set it

stack dev: 2 findings on 1 machine and 12 objects of the cluster; doctor --fix mends 1
`,
  );
});

test("programs get the same as one document", () => {
  expect(JSON.parse(jsonReport(scope, [finding]))).toEqual({ ...scope, findings: [finding] });
});
