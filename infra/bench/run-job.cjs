"use strict";
// A process of its own for each run, as a command has: nothing is warm that would be cold for a user.
const fs = require("node:fs");
const path = require("node:path");
const { bundle, clone } = require("../bin/bundle.cjs");
const { load } = require("../bin/load.cjs");

const [job, result] = process.argv.slice(2);
// Arguments hold credentials, so they come on standard input.
const args = JSON.parse(fs.readFileSync(0, "utf8"));
load(bundle(path.join(clone, "infra/bench/jobs.ts")))
  .jobs[job](args, clone)
  .then(
    (value) => fs.writeFileSync(result, JSON.stringify(value)),
    (error) => {
      // Behind what the engine has said: whoever started this shows the last lines.
      process.stdout.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
