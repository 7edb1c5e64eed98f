"use strict";
const { createHash } = require("node:crypto");
const { transformSync, version } = require("esbuild");

// The compiler that the program runs through, so that tests see the same code.
module.exports = {
  getCacheKey: (source, file) => createHash("sha256").update(`${version}\0${file}\0${source}`).digest("hex"),
  process: (source, file) =>
    transformSync(source, {
      loader: "ts",
      format: "cjs",
      target: "node20",
      sourcemap: "inline",
      sourcefile: file,
      supported: { "dynamic-import": false },
    }),
};
