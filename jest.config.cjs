// One configuration, four tiers: `ofwasm test` selects them by folder, slowest last.
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/infra", "<rootDir>/components", "<rootDir>/stacks", "<rootDir>/tests"],
  testMatch: ["**/*.test.ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
  maxWorkers: 2,
};
