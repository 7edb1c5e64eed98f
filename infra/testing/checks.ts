import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { cacheRoot } from "../paths";
import { CommandError, run } from "../process";
import { compareVersions, findOnPath, type Installed } from "../toolchain/installed";
import { silentProgress } from "../toolchain/progress";
import { ensureSystemPackages } from "../toolchain/system-packages";
import { versions } from "../versions";

/** A check that is a command: passes when it exits 0. */
export interface Check {
  name: string;
  command: string;
  args: readonly string[];
}

/** What can be checked on this machine, and what cannot, with the reason. */
export interface Checks {
  runnable: readonly Check[];
  skips: readonly string[];
}

/** Crates whose pure parts have tests of their own, which run on any host. */
const TESTED_CRATES = ["samples/dapr-state"];

/** Folders without scripts of ours. */
const FOREIGN = ["node_modules", "dist", "target", ".git"];

/** Formatter and linter, type-check, shellcheck of every shell script, and the samples' own tests. */
export async function checks(clone: string): Promise<Checks> {
  const bin = (name: string): string => join(clone, "node_modules", ".bin", name);
  const scripts = [...shellScripts(clone), join(".ci", "run")];
  const shell = { name: "shell scripts", command: "shellcheck", args: ["-x", "-P", "SCRIPTDIR", ...scripts] };
  const missing = await ensureSystemPackages(["shellcheck"], silentProgress).then(
    () => undefined,
    (error: Error) => error.message.split("\n")[0],
  );
  const cargo = await installedCargo();
  const crates = TESTED_CRATES.map((crate) => ({
    name: `tests of ${crate}`,
    command: cargo.found ?? "cargo",
    args: [
      ...["test", "--locked", "--manifest-path", join(crate, "Cargo.toml")],
      ...["--target-dir", join(cacheRoot(), "cargo-tests")],
    ],
  }));
  return {
    runnable: [
      { name: "format and lint", command: bin("biome"), args: ["check"] },
      { name: "types", command: bin("tsc"), args: ["--noEmit"] },
      ...(missing === undefined ? [shell] : []),
      ...(cargo.found ? crates : []),
    ],
    skips: [
      ...(missing === undefined ? [] : [`${shell.name}: ${missing}`]),
      ...(cargo.found ? [] : crates.map(({ name }) => `${name}: ${cargo.reason}`)),
    ],
  };
}

/** The first cargo on PATH, when it is new enough for the samples: an older one cannot read their lock files. */
export async function installedCargo(path?: string): Promise<Installed<string>> {
  const cargo = await findOnPath("cargo", path);
  if (!cargo) return { reason: "cargo is not on PATH" };
  const { stdout } = await run(cargo, ["--version"]).catch(() => ({ stdout: "" }));
  const version = /^cargo (\d[\w.]*)/.exec(stdout)?.[1];
  if (!version) return { reason: `${cargo} does not tell its version` };
  const { minimum } = versions.rust;
  if (compareVersions(version, minimum) < 0) return { reason: `${cargo} is ${version}, older than ${minimum}` };
  return { found: cargo };
}

/** Paths of all `.sh` files of the clone, relative to it. */
export function shellScripts(clone: string, folder = clone): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return FOREIGN.includes(entry.name) ? [] : shellScripts(clone, path);
    return entry.isFile() && entry.name.endsWith(".sh") ? [relative(clone, path)] : [];
  });
}

/** Runs one check; the failure text is what it printed. */
export async function runCheck(clone: string, check: Check): Promise<string | undefined> {
  try {
    await run(check.command, check.args, { cwd: clone });
    return undefined;
  } catch (error) {
    return error instanceof CommandError ? `${error.reason}\n${error.tail}` : String(error);
  }
}
