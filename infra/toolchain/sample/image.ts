import { join } from "node:path";
import {
  type EncodedImage,
  encodeImage,
  imageIndex,
  type LayerEntry,
  readStoredImage,
  type StoredImage,
  writeStoredImage,
} from "../oci";
import { type Artifact, ensure } from "../store";
import { MODULE_FILE, sampleModule } from "./module";

/** Registry and repository of the image. No such registry exists: machines get the image with their runtime. */
export const SAMPLE_REPOSITORY = "ofwasm.local/http-server";

/** A module runs on any machine, so both kinds find an image of theirs, with the same layer in it. */
const ARCHITECTURES = ["amd64", "arm64"] as const;

/** Bumped when the image's recipe changes. */
const RECIPE = "1";

/** Named `ofwasm.local/http-server:<start of the digest>`, so a change rolls the function. */
export type SampleImage = StoredImage;

/** `image.tar`, an OCI archive of the sample's image, and `image.json` about it; see `readSampleImage`. */
export function sampleImage(module: Artifact = sampleModule()): Artifact {
  return {
    name: "sample-image",
    title: "sample image",
    inputs: [RECIPE, SAMPLE_REPOSITORY, ...module.inputs],
    async produce(into, context) {
      const { path, source } = await ensure(module, context);
      const image = await moduleImage(join(path, MODULE_FILE));
      writeStoredImage(into, image);
      return { source };
    },
  };
}

/** What the artifact's folder holds. */
export const readSampleImage: (path: string) => SampleImage = readStoredImage;

/** The image that the sample's Dockerfile describes, for every architecture, under a name that tells its content. */
export async function moduleImage(module: string): Promise<EncodedImage> {
  const layer: LayerEntry[] = [{ path: `/${MODULE_FILE}`, file: module, mode: 0o755 }];
  const images: EncodedImage[] = [];
  for (const architecture of ARCHITECTURES) {
    images.push(
      await encodeImage({
        names: [`${SAMPLE_REPOSITORY}:${architecture}`],
        layers: [layer],
        platform: { os: "linux", architecture },
        entrypoint: [`/${MODULE_FILE}`],
        // Nothing in a module can hear SIGTERM, and the first process of a container ignores what it does not hear.
        stopSignal: "SIGKILL",
        user: "65532:65532",
        annotations: { "module.wasm.image/variant": "compat-smart" },
      }),
    );
  }
  return imageIndex(SAMPLE_REPOSITORY, images);
}
