import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ociArchive } from "./archive";
import type { EncodedImage } from "./image";

/** One image in a folder of its own, for machines that get it without a registry. */
export interface StoredImage {
  /** `<repository>:<start of the digest>`: another content has another name. */
  reference: string;
  /** Digest of the image's index, `sha256:…`. */
  digest: string;
  /** The OCI archive that holds it. */
  archive: string;
}

const IMAGE_FILE = "image.json";
const ARCHIVE_FILE = "image.tar";

/** Writes `image.tar` and `image.json`; see `readStoredImage`. */
export function writeStoredImage(folder: string, image: EncodedImage): void {
  writeFileSync(join(folder, ARCHIVE_FILE), ociArchive([image]));
  const about = { reference: image.names[0], digest: image.manifest.digest };
  writeFileSync(join(folder, IMAGE_FILE), `${JSON.stringify(about, null, 2)}\n`);
}

/** What a folder of `writeStoredImage` holds. */
export function readStoredImage(folder: string): StoredImage {
  const about = JSON.parse(readFileSync(join(folder, IMAGE_FILE), "utf8")) as Omit<StoredImage, "archive">;
  return { ...about, archive: join(folder, ARCHIVE_FILE) };
}

/** One image of several platforms, named `<repository>:<first 12 digits of its digest>`. */
export function imageIndex(repository: string, images: readonly EncodedImage[]): EncodedImage {
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const manifests = images.map(({ manifest }) => manifest);
  const data = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  const hash = createHash("sha256").update(data).digest("hex");
  const [first] = images;
  if (!first) throw new Error("an image index needs at least one image");
  return {
    names: [`${repository}:${hash.slice(0, 12)}`],
    manifest: { mediaType, digest: `sha256:${hash}`, size: data.length },
    config: first.config,
    layers: first.layers,
    blobs: new Map([...images.flatMap(({ blobs }) => [...blobs]), [`sha256:${hash}`, data]]),
  };
}
