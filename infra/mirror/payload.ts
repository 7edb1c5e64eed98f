import { readFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { refuseForeign } from "../toolchain/download";
import { PAYLOADS } from "../toolchain/mirror";
import { MANIFEST_FILE, payloadFiles, readPayload } from "../toolchain/payload";
import { sha256 } from "../toolchain/payload/contents";
import { type Artifact, ensure, type Making } from "../toolchain/store";
import { type BundleFile, type Synced, syncFile } from "./bundle-file";

/** The payload of a bundle. */
export interface SyncedPayload {
  files: Synced[];
  /** What the setting `payloadDigest` names it by; absent when it could not be had. */
  digest?: string;
}

/** Makes the bundle have the payload, which is made first where it is not in the cache. */
export async function syncPayload(folder: string, payload: Artifact, making: Making): Promise<SyncedPayload> {
  let made: string;
  try {
    made = (await ensure(payload, making)).path;
  } catch (error) {
    return { files: [{ file: `${PAYLOADS}/`, outcome: "missing", detail: (error as Error).message }] };
  }
  const digest = sha256(readFileSync(join(made, MANIFEST_FILE)));
  const files: Synced[] = [];
  for (const one of bundleFiles(made, digest)) files.push(await syncFile(one, folder, making.progress));
  return files.some(({ outcome }) => outcome === "missing") ? { files } : { files, digest };
}

function bundleFiles(made: string, digest: string): BundleFile[] {
  const { path, manifest } = readPayload(made);
  return payloadFiles(digest, manifest).map(({ place, sha256: expected }) => {
    const source = join(dirname(path), place.slice(place.lastIndexOf("/") + 1));
    return {
      file: place,
      sha256: expected,
      from: "the cache of this host",
      write: async (temporary) => {
        await copyFile(source, temporary);
        const remedy = `Remove ${dirname(source)}: it is made again.`;
        refuseForeign(source, sha256(readFileSync(temporary)), { sha256: expected }, remedy);
      },
    };
  });
}
