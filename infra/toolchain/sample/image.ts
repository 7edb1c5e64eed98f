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
import { sampleModule } from "./module";
import { moduleFile, type SampleName, sampleCommand, sampleRepository } from "./samples";

/** A module runs on any machine, so both kinds find an image of theirs, with the same layer in it. */
const ARCHITECTURES = ["amd64", "arm64"] as const;

/** Bumped when the image's recipe changes. */
const RECIPE = "1";

/** Named `ofwasm.local/<sample>:<start of the digest>`, so a change rolls the function. */
export type SampleImage = StoredImage;

/** `image.tar`, an OCI archive of a sample's image, and `image.json` about it; see `readSampleImage`. */
export function sampleImage(name: SampleName, module: Artifact = sampleModule(name)): Artifact {
  return {
    name: "sample-image",
    title: `sample image ${name}`,
    inputs: [RECIPE, sampleRepository(name), ...module.inputs],
    async produce(into, context) {
      const { path, source } = await ensure(module, context);
      const image = await moduleImage(name, join(path, moduleFile(name)));
      writeStoredImage(into, image);
      return { source };
    },
  };
}

/** What the artifact's folder holds. */
export const readSampleImage: (path: string) => SampleImage = readStoredImage;

/** The image that a sample's Dockerfile describes, for every architecture, under a name that tells its content. */
export async function moduleImage(name: SampleName, module: string): Promise<EncodedImage> {
  const repository = sampleRepository(name);
  const layer: LayerEntry[] = [{ path: `/${moduleFile(name)}`, file: module, mode: 0o755 }];
  const images: EncodedImage[] = [];
  for (const architecture of ARCHITECTURES) {
    images.push(
      await encodeImage({
        names: [`${repository}:${architecture}`],
        layers: [layer],
        platform: { os: "linux", architecture },
        entrypoint: sampleCommand(name),
        // Nothing in a module can hear SIGTERM, and the first process of a container ignores what it does not hear.
        stopSignal: "SIGKILL",
        user: "65532:65532",
        annotations: { "module.wasm.image/variant": "compat-smart" },
      }),
    );
  }
  return imageIndex(repository, images);
}
