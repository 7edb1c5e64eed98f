module.exports = {
  testEnvironment: "node",
  // The SDK keeps its state on the global object and looks at it once more when a file is over.
  testEnvironmentOptions: { globalsCleanup: "off" },
  roots: ["<rootDir>/infra", "<rootDir>/components", "<rootDir>/stacks", "<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  transform: { "^.+.ts$": "<rootDir>/tests/jest-transform.cjs" },
  maxWorkers: 2,
};
