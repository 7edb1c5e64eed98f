module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/infra", "<rootDir>/components", "<rootDir>/stacks", "<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  transform: { "^.+.ts$": "<rootDir>/tests/jest-transform.cjs" },
  maxWorkers: 2,
};
