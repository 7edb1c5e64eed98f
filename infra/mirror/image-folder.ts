import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { sha256 } from "../toolchain/payload/contents";

/** The manifest or the index that an image's digest is the SHA-256 of, in skopeo's transport `dir`. */
export const MANIFEST_FILE = "manifest.json";

/** A file of an image's folder, and what it must be. */
export interface ImagePart {
  file: string;
  /** In hex. */
  sha256: string;
}

/** An image that is whole. */
export interface WholeImage {
  /** `sha256:…` of the manifest or the index. */
  digest: string;
  /** All of its files, the manifest first. */
  parts: ImagePart[];
}

interface Descriptor {
  digest?: unknown;
  /** Where layers are had that may not be passed on: a folder may be without them. */
  urls?: readonly string[];
}

interface Manifest {
  manifests?: readonly Descriptor[];
  config?: Descriptor;
  layers?: readonly Descriptor[];
}

/**
 * Checks an image that skopeo has laid out as a folder: the manifest against the digest, and all that it names, for
 * every platform, against the digests that it is named by.
 *
 * @param digest of the image, `sha256:…`; default: whatever image is there, if it is whole
 * @throws Error that names the file which is missing or another
 */
export async function checkImage(folder: string, digest?: string): Promise<WholeImage> {
  const found = `sha256:${sha256(contentOf(folder, MANIFEST_FILE))}`;
  if (digest !== undefined && found !== digest) {
    throw new Error(`${join(folder, MANIFEST_FILE)} is that of ${found}, not of ${digest}`);
  }
  const parts = partsOf(folder);
  for (const part of parts) await checkPart(folder, part);
  return { digest: found, parts: unique([{ file: MANIFEST_FILE, sha256: found.slice("sha256:".length) }, ...parts]) };
}

/** Platforms share layers. */
const unique = (parts: readonly ImagePart[]): ImagePart[] => [
  ...new Map(parts.map((part) => [part.file, part])).values(),
];

function partsOf(folder: string): ImagePart[] {
  const root = manifestAt(folder, { file: MANIFEST_FILE });
  if (root.manifests === undefined) return blobsOf(folder, root);
  return root.manifests.flatMap((one) => {
    const sum = sumOf(folder, one);
    const part = { file: `${sum}.manifest.json`, sha256: sum };
    return [part, ...blobsOf(folder, manifestAt(folder, part))];
  });
}

function blobsOf(folder: string, { config, layers }: Manifest): ImagePart[] {
  if (config === undefined || layers === undefined) {
    throw new Error(
      `${folder} has a manifest without config and layers; only Docker's second schema and OCI's are known`,
    );
  }
  return [config, ...layers].flatMap((one) => {
    const sum = sumOf(folder, one);
    const elsewhere = one.urls !== undefined && one.urls.length > 0 && !existsSync(join(folder, sum));
    return elsewhere ? [] : [{ file: sum, sha256: sum }];
  });
}

/** Part of a file's name, so nothing but hex digits. */
function sumOf(folder: string, { digest }: Descriptor): string {
  const sum = /^sha256:([0-9a-f]{64})$/.exec(String(digest))?.[1];
  if (sum === undefined) throw new Error(`${folder} has a manifest with the digest ${JSON.stringify(digest)}`);
  return sum;
}

function manifestAt(folder: string, { file, sha256: expected }: { file: string; sha256?: string }): Manifest {
  const bytes = contentOf(folder, file);
  if (expected !== undefined) refuseOther(folder, file, sha256(bytes), expected);
  try {
    return JSON.parse(bytes.toString("utf8")) as Manifest;
  } catch {
    throw new Error(`${join(folder, file)} is no JSON`);
  }
}

function contentOf(folder: string, file: string): Buffer {
  const path = join(folder, file);
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  return readFileSync(path);
}

/** Layers are too large to be read at once. */
async function checkPart(folder: string, { file, sha256: expected }: ImagePart): Promise<void> {
  const path = join(folder, file);
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  refuseOther(folder, file, hash.digest("hex"), expected);
}

function refuseOther(folder: string, file: string, found: string, expected: string): void {
  if (found !== expected) throw new Error(`${join(folder, file)} has SHA-256 ${found}, expected ${expected}`);
}
