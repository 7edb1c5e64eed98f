import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Artifact } from "../../toolchain/store";
import { ensureSystemPackages } from "../../toolchain/system-packages";
import { runInRoot } from "./confined";
import { debootstrap } from "./debootstrap";
import { installFile, recipeFile } from "./files";
import { BASE, type BasePlan, HOST_PACKAGES, TRIMMED } from "./packages";

/** Bumped when the way of making the base changes. */
const RECIPE = "1";

const DPKG_CONFIG = "config/dpkg.conf";

/**
 * A plain Debian system in `root/` with the versions of its packages in `packages.txt`. Slow to make (a minute)
 * and seldom changed, so it is apart from what is put on top of it.
 *
 * Debian keeps no versions by name: the versions are those of the day it was made, and recorded.
 */
export function machineBase(plan: BasePlan = BASE): Artifact {
  return {
    name: "machine-base",
    title: `Debian ${plan.suite} for local machines`,
    inputs: [RECIPE, JSON.stringify(plan), TRIMMED.join(), readFileSync(recipeFile(DPKG_CONFIG), "utf8"), process.arch],
    async produce(into, context) {
      const root = join(into, "root");
      await ensureSystemPackages(HOST_PACKAGES, context.progress);
      await debootstrap(plan, root, context);
      context.step.update("recording package versions");
      const { stdout } = await runInRoot(root, ["dpkg-query", "-W"]);
      writeFileSync(join(into, "packages.txt"), stdout);
      trim(root);
      return { source: `debootstrap, ${stdout.trimEnd().split("\n").length} packages` };
    },
  };
}

function trim(root: string): void {
  installFile(recipeFile(DPKG_CONFIG), join(root, "etc/dpkg/dpkg.cfg.d/machine"));
  for (const folder of TRIMMED) {
    rmSync(join(root, folder), { recursive: true, force: true });
    mkdirSync(join(root, folder), { recursive: true });
  }
  mkdirSync(join(root, "var/lib/apt/lists/partial"));
  mkdirSync(join(root, "var/cache/apt/archives/partial"));
}
