"use strict";
// Entry of infra/policy for Pulumi's official tools.
const path = require("node:path");
const { bundle, clone } = require("./bundle.cjs");
const { load } = require("./load.cjs");

// The library takes the pack's version from the package.json of the folder that it is run in.
process.chdir(clone);
load(bundle(path.join(clone, "infra/policy/pack.ts"), { external: ["@pulumi/pulumi", "@pulumi/policy"] })).servePack();
