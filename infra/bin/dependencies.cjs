"use strict";
const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

/** Oldest Node that the Pulumi SDK in package.json supports. */
const OLDEST_NODE = 20;

/** Minutes that one run waits for another's installation, and that an installation may take. */
const DEADLINE_MINUTES = 15;

/** Installs node_modules from the lock file when they are absent, incomplete or of another lock file. */
function ensureDependencies(clone) {
  if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
    throw new Error(
      `Node ${process.versions.node} is too old: install Node ${OLDEST_NODE} or newer, then run this again`,
    );
  }
  const modules = path.join(clone, "node_modules");
  const stamp = path.join(modules, ".ofwasm-lock");
  const wanted = createHash("sha256")
    .update(fs.readFileSync(path.join(clone, "package-lock.json")))
    .digest("hex");
  const read = () => (fs.existsSync(stamp) ? fs.readFileSync(stamp, "utf8") : "");
  if (read() === wanted) return;
  const begun = Date.now();
  process.stderr.write("… npm packages\n");
  const install = "npm ci --no-audit --no-fund --ignore-scripts --loglevel=error";
  const locked = spawnSync("flock", ["--version"]).status === 0;
  // Two commands on one clone at once: the second waits, then finds the packages there.
  const script = `test "$(cat "$STAMP" 2>/dev/null)" = "$WANTED" || { ${install} && printf %s "$WANTED" > "$STAMP"; }`;
  const [command, args] = locked
    ? ["flock", ["-w", String(DEADLINE_MINUTES * 60), clone, "sh", "-c", script]]
    : ["sh", ["-c", script]];
  const result = spawnSync(command, args, {
    cwd: clone,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, STAMP: stamp, WANTED: wanted },
    timeout: 2 * DEADLINE_MINUTES * 60_000,
  });
  if (result.error?.code === "ETIMEDOUT")
    throw new Error(`npm ci did not end in ${clone} within ${2 * DEADLINE_MINUTES} min; end it, then run this again`);
  if (result.status !== 0) throw new Error(`npm ci failed in ${clone}: see its message above, then run this again`);
  process.stderr.write(`✓ npm packages  ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
}

module.exports = { ensureDependencies };
