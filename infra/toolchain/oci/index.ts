export { ociArchive, type WrittenImage, writeOciArchive } from "./archive";
export { type Descriptor, type EncodedImage, encodeImage, hostPlatform, type ImageSpec, type Platform } from "./image";
export type { LayerEntry } from "./layer";
export { imageIndex, readStoredImage, type StoredImage, writeStoredImage } from "./stored";
