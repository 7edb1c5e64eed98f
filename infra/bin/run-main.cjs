"use strict";
// What the commands on the PATH of a run have in common: compiled and cached, then run.
const path = require("node:path");
const { bundle, clone } = require("./bundle.cjs");
const { load } = require("./load.cjs");

/** Runs `main` of a file of the clone and ends with the code that it gives. */
exports.runMain = (entry) =>
  load(bundle(path.join(clone, entry)))
    .main(process.argv.slice(2))
    .then((code) => {
      process.exitCode = code;
    });
