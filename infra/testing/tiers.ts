/** A group of tests of one cost, run in this order. */
export interface Tier {
  name: string;
  description: string;
  /** Folders with its tests; empty for the checks that are commands. */
  paths: readonly string[];
  /** Test files side by side. Those of the real tiers that take ports or the host's firewall for themselves have one. */
  workers: number;
}

export const tiers: readonly Tier[] = [
  { name: "check", description: "format, lint, types, shell scripts, the samples' own tests", paths: [], workers: 1 },
  {
    name: "unit",
    description: "pure logic and components with mocks",
    paths: ["infra", "components", "stacks"],
    workers: 2,
  },
  {
    name: "engine",
    description: "plugins with the real engine, API server and sshd",
    paths: ["tests/engine"],
    workers: 1,
  },
  { name: "machine", description: "machines of this host", paths: ["tests/image", "tests/machine"], workers: 1 },
  { name: "node", description: "the runtime transaction on real machines", paths: ["tests/node"], workers: 1 },
  {
    name: "cluster",
    description: "kubeadm and its network on real machines",
    paths: ["tests/cluster", "tests/sample"],
    workers: 1,
  },
  // Stacks have state, machines and networks of their own, and wait for boots and roll-outs half of their time.
  { name: "e2e", description: "up, change, kill and down of whole stacks", paths: ["tests/e2e"], workers: 2 },
];

/** What a tier came to. */
export interface TierResult {
  name: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
  /** Names of the failed tests. */
  failures: readonly string[];
  /** Names of the skipped tests; each says why. */
  skips: readonly string[];
}

/** Jest's report, as far as it is read here. */
export interface JestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numFailedTestSuites: number;
  testResults: readonly {
    name: string;
    message: string;
    status: string;
    assertionResults: readonly { fullName: string; status: string }[];
  }[];
}

/** Counts a jest report; a file that could not run at all is one failure. */
export function resultOf(name: string, report: JestReport, seconds: number): TierResult {
  const all = report.testResults.flatMap((file) => file.assertionResults);
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return {
    name,
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests,
    seconds,
    failures: [
      ...all.filter((test) => test.status === "failed").map((test) => test.fullName),
      ...broken.map((file) => `${file.name}: ${file.message.split("\n")[0] ?? ""}`),
    ],
    skips: all.filter((test) => test.status === "pending").map((test) => test.fullName),
  };
}

/** The last lines of a run: a line a tier, what failed, what was skipped, and the plain sum. */
export function summary(results: readonly TierResult[]): string {
  const sum = (pick: (result: TierResult) => number): number => results.reduce((total, one) => total + pick(one), 0);
  const lines = results.map(({ name, passed, failed, skipped, seconds }) => {
    const rest = skipped > 0 ? `, ${skipped} skipped` : "";
    return `${name.padEnd(8)} ${passed} passed, ${failed} failed${rest}  ${seconds.toFixed(1)} s`;
  });
  return [
    "",
    ...lines,
    ...results.flatMap((one) => one.skips.map((test) => `skipped: ${test}`)),
    ...results.flatMap((one) => one.failures.map((test) => `FAILED: ${one.name}: ${test}`)),
    `${sum((one) => one.passed)} passed, ${sum((one) => one.failed)} failed`,
    "",
  ].join("\n");
}
