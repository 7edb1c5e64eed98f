"use strict";
const path = require("node:path");
const { bundle, clone } = require("./bundle.cjs");
const { load } = require("./load.cjs");

// The language host has loaded its own copy of the SDK, which holds the connection to the engine: share it.
module.exports = load(bundle(path.join(clone, "infra/index.ts"), { external: ["@pulumi/pulumi"] })).program;
