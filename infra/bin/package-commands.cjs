"use strict";
// Part of `npm run build`: commands that share code with the program come into the package as one file each.
const fs = require("node:fs");
const path = require("node:path");
const { bundle, clone } = require("./bundle.cjs");

/** By the file in the package, which `package.json` names under `bin`. */
const COMMANDS = {
  "dist/platform/scripts/custom-objects.cjs": "infra/custom-objects/main.ts",
  "dist/cluster/scripts/drain.cjs": "infra/drain/main.ts",
};

for (const [file, entry] of Object.entries(COMMANDS)) {
  const target = path.join(clone, file);
  const code = fs.readFileSync(bundle(path.join(clone, entry)), "utf8");
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(
    target,
    `#!/usr/bin/env node\n${code}\nmodule.exports.main().then((code) => { process.exitCode = code; });\n`,
    { mode: 0o755 },
  );
}
