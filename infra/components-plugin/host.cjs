"use strict";
// Serves the components to the engine. Plain JavaScript: it runs before anything is compiled.
const path = require("node:path");

const clone = path.resolve(__dirname, "../..");

require("../bin/dependencies.cjs").ensureDependencies(clone);
const { bundle } = require("../bin/bundle.cjs");
const { load } = require("../bin/load.cjs");
load(bundle(path.join(__dirname, "main.ts")));
