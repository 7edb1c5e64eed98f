"use strict";
// Plain JavaScript on purpose: it runs before anything is compiled.
const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { withSystemFolders } = require("./system-path.cjs");

// Before any code of ours looks for a program, whichever way it was started.
process.env.PATH = withSystemFolders(process.env.PATH);

const clone = path.resolve(__dirname, "../..");

/** Options that change the output; part of the cache key. */
const FORMAT = "3";

function bundlesDir() {
  const cache =
    process.env.OFWASM_CACHE || path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache"), "ofwasm");
  return path.join(cache, "bundles");
}

const digest = (...parts) =>
  parts
    .reduce((hash, part) => hash.update(part).update("\0"), createHash("sha256"))
    .digest("hex")
    .slice(0, 20);

function writeAtomically(file, data) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(temporary, data);
  fs.renameSync(temporary, file);
}

/** Size and time of each source, relative to the clone: changes when a source does. */
function stamp(sources) {
  return sources.map((source) => {
    const { size, mtimeMs } = fs.statSync(path.join(clone, source));
    return `${source}:${size}:${mtimeMs}`;
  });
}

function known(index) {
  try {
    const { stamps, output } = JSON.parse(fs.readFileSync(index, "utf8"));
    const sources = stamps.map((entry) => entry.split(":")[0]);
    return fs.existsSync(output) && stamp(sources).join() === stamps.join() ? output : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Bundles a TypeScript entry into one CommonJS file and returns its path.
 *
 * The file's name carries the hash of its content, so clones with the same sources share it and a running
 * program never sees it change. An unchanged entry costs one stat for each of its sources.
 *
 * @param {string} entry absolute path of the TypeScript file
 * @param {{ external?: string[] }} [options] packages that are left to be required at run time
 */
function bundle(entry, options = {}) {
  const external = options.external ?? [];
  const name = path.relative(clone, entry).replace(/\.ts$/, "").replaceAll(path.sep, "-");
  const index = path.join(bundlesDir(), "index", `${name}-${digest(FORMAT, clone, ...external)}.json`);
  const found = known(index);
  if (found) return found;

  fs.mkdirSync(bundlesDir(), { recursive: true });
  const outfile = path.join(bundlesDir(), `${name}.${process.pid}.tmp`);
  const child = spawnSync(process.execPath, [path.join(__dirname, "build-bundle.cjs")], {
    input: JSON.stringify({ clone, entry, external, outfile }),
    stdio: ["pipe", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (child.status !== 0) throw new Error(`${path.relative(clone, entry)} does not compile: see the message above`);
  const output = path.join(bundlesDir(), `${name}-${digest(fs.readFileSync(outfile))}.cjs`);
  fs.renameSync(outfile, output);
  // Packages change with the lock file only; their thousands of files need no look each time.
  const sources = JSON.parse(child.stdout).filter((source) => !source.includes("node_modules/"));
  sources.push("package-lock.json");
  writeAtomically(index, JSON.stringify({ output, stamps: stamp(sources) }));
  return output;
}

module.exports = { bundle, clone };
