import { type JestReport, resultOf, summary } from "./tiers";

const report: JestReport = {
  numPassedTests: 2,
  numFailedTests: 1,
  numPendingTests: 1,
  numFailedTestSuites: 2,
  testResults: [
    {
      name: "a.test.ts",
      message: "",
      status: "failed",
      assertionResults: [
        { fullName: "works", status: "passed" },
        { fullName: "works too", status: "passed" },
        { fullName: "does not work", status: "failed" },
        { fullName: "boots (skipped: needs root)", status: "pending" },
      ],
    },
    { name: "b.test.ts", message: "Cannot find module\nstack", status: "failed", assertionResults: [] },
  ],
};

test("a file that cannot run counts as a failure, and skips keep their reason", () => {
  const result = resultOf("unit", report, 1.5);
  expect(result).toMatchObject({ passed: 2, failed: 2, skipped: 1 });
  expect(result.failures).toEqual(["does not work", "b.test.ts: Cannot find module"]);
  expect(result.skips).toEqual(["boots (skipped: needs root)"]);
});

test("the summary ends with the plain sum over all tiers", () => {
  const lines = summary([resultOf("unit", report, 1.5), resultOf("engine", report, 2)])
    .trimEnd()
    .split("\n");
  expect(lines.at(-1)).toBe("4 passed, 4 failed");
});
