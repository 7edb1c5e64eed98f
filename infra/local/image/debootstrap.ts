import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "../../paths";
import type { ProduceContext } from "../../toolchain/store";
import { ensureSystemPackages } from "../../toolchain/system-packages";
import { runConfined } from "./confined";
import { type BasePlan, debootstrapArguments, debootstrapProgress } from "./packages";

const HOST_PACKAGES = ["debootstrap", "debian-archive-keyring"];

/** Downloaded packages; a root that must be made again takes them from here. */
const packageCache = (): string => join(cacheRoot(), "debian-packages");

/**
 * Makes a Debian system in `root`, which must not exist.
 *
 * @throws CommandError when debootstrap fails: a package that is only reached through a virtual one must be in the
 *   plan by name.
 */
export async function debootstrap(plan: BasePlan, root: string, context: ProduceContext): Promise<void> {
  const { log, step, signal, progress } = context;
  await ensureSystemPackages(HOST_PACKAGES, progress);
  mkdirSync(packageCache(), { recursive: true });
  await runConfined(["debootstrap", ...debootstrapArguments(plan, root, packageCache())], {
    log,
    signal,
    onLine: (line) => step.update(debootstrapProgress(line) ?? line),
  });
}
