import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Folder with upstream's files, for tests: nothing of them is in this project. `UPSTREAM_MIRROR` says where it is.
 * Default: `../shared/upstream` beside the clone.
 */
export const upstreamMirror = (): string =>
  process.env.UPSTREAM_MIRROR ?? join(__dirname, "..", "..", "..", "shared", "upstream");

/** Why tests that need the mirror do not run here; empty when they do. */
export const mirrorMissing = (): string =>
  existsSync(join(upstreamMirror(), "charts"))
    ? ""
    : `(skipped: there is no mirror ${upstreamMirror()}; UPSTREAM_MIRROR says where one is)`;
