#!/usr/bin/env node
"use strict";
const path = require("node:path");

const clone = path.resolve(__dirname, "../..");

try {
  require("./dependencies.cjs").ensureDependencies(clone);
  const { bundle } = require("./bundle.cjs");
  const { load } = require("./load.cjs");
  load(bundle(path.join(clone, "infra/cli/main.ts"))).main(process.argv.slice(2), clone);
} catch (error) {
  process.stderr.write(`ofwasm: ${error.message}\n`);
  process.exitCode = 1;
}
