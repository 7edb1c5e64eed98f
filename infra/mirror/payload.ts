import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PAYLOADS, writeChecked } from "../toolchain/mirror";
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
  const remedy = `Remove ${made}: it is made again.`;
  return payloadFiles(digest, readPayload(made).manifest).map(({ place, sha256: expected }) => ({
    file: place,
    sha256: expected,
    from: "the cache of this host",
    write: async (temporary) => writeChecked(join(made, basename(place)), { sha256: expected, remedy }, temporary),
  }));
}
