import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ProduceContext } from "../../toolchain/store";
import { runConfined } from "./confined";
import { recipeFile } from "./files";

/**
 * Fills `state`, a new folder for a machine's /var/lib/containerd, with images, unpacked and pinned.
 *
 * The machines' own containerd does it, with their own configuration, so they find exactly what they would
 * have made themselves.
 *
 * @param root a machine's root; only used, not changed
 * @param archives folder of OCI archives, `*.tar`
 * @throws when the folder's file system is an overlay: containerd cannot keep snapshots on one.
 */
export async function importImages(
  root: string,
  archives: string,
  state: string,
  { log, step, signal }: ProduceContext,
): Promise<void> {
  mkdirSync(state, { mode: 0o711 });
  await runConfined(["sh", recipeFile("scripts/import-images.sh"), root, state, archives], {
    log,
    signal,
    deadlineMs: 300_000,
    onLine: (line) => {
      if (line.startsWith("importing ")) step.update(line);
    },
  });
  // What an import leaves half done is of no use to anybody.
  for (const folder of ["io.containerd.content.v1.content/ingest", "tmpmounts"])
    for (const name of namesIn(join(state, folder))) rmSync(join(state, folder, name), { recursive: true });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
