import type { EncodedImage, LayerEntry } from "../oci";

/** One image and the name under which a registry gives it out. */
export interface RegistryContent {
  repository: string;
  tag: string;
  image: EncodedImage;
}

/** Folder of an image whose content a registry is filled with, by `cp`. */
export const CONTENTS = "/contents";

const REGISTRY = `${CONTENTS}/docker/registry/v2`;

/** What a registry's storage folder has once this image was pushed to it, in the layout of docker-registry 2.8. */
export function registryContents({ repository, tag, image }: RegistryContent): LayerEntry[] {
  const folder = `${REGISTRY}/repositories/${repository}`;
  const link = (path: string, digest: string): LayerEntry => ({ path: `${folder}/${path}/link`, data: digest });
  const inPath = (digest: string): string => digest.replace(":", "/");
  const { digest } = image.manifest;
  const parts = [image.config, ...image.layers].map((part) => part.digest);
  return [
    ...[...new Set([digest, ...parts])].map((blob) => ({
      path: `${REGISTRY}/blobs/${blob.replace(/^(\w+):(..)/, "$1/$2/$2")}/data`,
      data: image.blobs.get(blob) as Uint8Array,
    })),
    ...[...new Set(parts)].map((part) => link(`_layers/${inPath(part)}`, part)),
    link(`_manifests/revisions/${inPath(digest)}`, digest),
    link(`_manifests/tags/${tag}/current`, digest),
    link(`_manifests/tags/${tag}/index/${inPath(digest)}`, digest),
  ];
}
