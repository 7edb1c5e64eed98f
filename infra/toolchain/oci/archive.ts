import { rename, writeFile } from "node:fs/promises";
import { type TarEntry, tar } from "../../../components/archive";
import { type EncodedImage, encodeImage, type ImageSpec, json, referenceTag } from "./image";

const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";

/** What was written, for records and checks. */
export interface WrittenImage {
  names: readonly string[];
  /** Digest of the manifest: what `name@sha256:…` means. */
  digest: string;
}

/** An OCI layout of the images as one tar, as `ctr images import`, `podman load` and `skopeo oci-archive:` read it. */
export function ociArchive(images: readonly EncodedImage[]): Buffer {
  const manifests = images.flatMap((image) =>
    image.names.map((name) => ({
      ...image.manifest,
      annotations: {
        // containerd names the image by the first, the OCI layout specification knows the second.
        "io.containerd.image.name": name,
        "org.opencontainers.image.ref.name": referenceTag(name),
      },
    })),
  );
  const blobs = new Map(images.flatMap((image) => [...image.blobs]));
  const file = (path: string, data: Uint8Array): TarEntry => ({ kind: "file", path, mode: 0o644, data });
  return tar([
    file("oci-layout", json({ imageLayoutVersion: "1.0.0" })),
    file("index.json", json({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests })),
    { kind: "directory", path: "blobs", mode: 0o755 },
    { kind: "directory", path: "blobs/sha256", mode: 0o755 },
    ...[...blobs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([digest, data]) => file(`blobs/${digest.replace(":", "/")}`, data)),
  ]);
}

/** Encodes the images and writes their archive; a reader sees the old file or the whole new one. */
export async function writeOciArchive(specs: readonly ImageSpec[], destination: string): Promise<WrittenImage[]> {
  const images: EncodedImage[] = [];
  for (const spec of specs) images.push(await encodeImage(spec));
  const temporary = `${destination}.${process.pid}.tmp`;
  await writeFile(temporary, ociArchive(images));
  await rename(temporary, destination);
  return images.map(({ names, manifest }) => ({ names, digest: manifest.digest }));
}
