"use strict";
// Part of `npm run build`: commands that share code with the program come into the package as one file each.
const fs = require("node:fs");
const path = require("node:path");
const { bundle, clone } = require("./bundle.cjs");

const target = path.join(clone, "dist/platform/scripts/custom-objects.cjs");
const code = fs.readFileSync(bundle(path.join(clone, "infra/custom-objects/main.ts")), "utf8");
fs.mkdirSync(path.dirname(target), { recursive: true });
fs.writeFileSync(
  target,
  `#!/usr/bin/env node\n${code}\nmodule.exports.main().then((code) => { process.exitCode = code; });\n`,
  { mode: 0o755 },
);
