import { readStoredImage, type StoredImage } from "../oci";
import type { Artifact } from "../store";
import { buildahImage, registryImage } from ".";
import { type RustImage, readRustImage, rustImage } from "./rust";

/** Images that a build in a cluster takes which reaches no registry. */
export interface BuildImages {
  buildah: StoredImage;
  registry: StoredImage;
  rust: RustImage;
}

/** @param crate the folder that is built; Rust's image has the crates that it needs */
export const buildImages = (crate: string): Record<keyof BuildImages, Artifact> => ({
  buildah: buildahImage(),
  registry: registryImage(),
  rust: rustImage(crate),
});

/** @param path makes an artifact when it is not there, and gives its folder */
export async function readBuildImages(
  crate: string,
  path: (artifact: Artifact) => Promise<string>,
): Promise<BuildImages> {
  const { buildah, registry, rust } = buildImages(crate);
  return {
    buildah: readStoredImage(await path(buildah)),
    registry: readStoredImage(await path(registry)),
    rust: readRustImage(await path(rust)),
  };
}
