import { join } from "node:path";
import { CommandError, run } from "../process";

/** A check that is a command: passes when it exits 0. */
export interface Check {
  name: string;
  command: string;
  args: readonly string[];
}

/** Formatter and linter, type-check, and shellcheck of every tracked shell script. */
export async function checks(clone: string): Promise<Check[]> {
  const bin = (name: string): string => join(clone, "node_modules", ".bin", name);
  const { stdout } = await run("git", ["ls-files", "--", "*.sh", ".ci/run"], { cwd: clone });
  const scripts = stdout.split("\n").filter((file) => file !== "");
  return [
    { name: "format and lint", command: bin("biome"), args: ["check"] },
    { name: "types", command: bin("tsc"), args: ["--noEmit"] },
    ...(scripts.length === 0
      ? []
      : [{ name: "shell scripts", command: "shellcheck", args: ["-x", "-P", "SCRIPTDIR", ...scripts] }]),
  ];
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
