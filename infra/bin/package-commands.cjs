"use strict";
// Part of `npm run build`: commands that share code with the program come into the package as one file each.
const fs = require("node:fs");
const path = require("node:path");
const { bundle, clone } = require("./bundle.cjs");

/** Entry of each command, and the file of the package that its name leads to. */
const commands = {
  "infra/custom-objects/main.ts": "dist/platform/scripts/custom-objects.cjs",
  "infra/drain/main.ts": "dist/cluster/scripts/drain.cjs",
  "infra/node-roll/main.ts": "dist/node-daemonset/scripts/node-roll.cjs",
  "infra/push-image/main.ts": "dist/pushed-image/scripts/push-image.cjs",
};

for (const [entry, file] of Object.entries(commands)) {
  const target = path.join(clone, file);
  const code = fs.readFileSync(bundle(path.join(clone, entry)), "utf8");
  const start = "module.exports.main(process.argv.slice(2)).then((code) => { process.exitCode = code; });";
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, `#!/usr/bin/env node\n${code}\n${start}\n`, { mode: 0o755 });
}
