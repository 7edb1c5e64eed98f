import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EncodedImage, encodeImage, type LayerEntry, ociArchive } from "../oci";
import { type Artifact, ensure } from "../store";
import { MODULE_FILE, sampleModule } from "./module";

/** Registry and repository of the image. No such registry exists: machines get the image with their runtime. */
export const SAMPLE_REPOSITORY = "ofwasm.local/http-server";

/** A module runs on any machine, so both kinds find an image of theirs, with the same layer in it. */
const ARCHITECTURES = ["amd64", "arm64"] as const;

/** Bumped when the image's recipe changes. */
const RECIPE = "1";

const IMAGE_FILE = "image.json";

export interface SampleImage {
  /** `ofwasm.local/http-server:<start of the digest>`: another module has another name, so a change rolls the function. */
  reference: string;
  /** Digest of the image's index, `sha256:…`. */
  digest: string;
  /** The OCI archive that holds it. */
  archive: string;
}

/** `image.tar`, an OCI archive of the sample's image, and `image.json` about it; see `readSampleImage`. */
export function sampleImage(module: Artifact = sampleModule()): Artifact {
  return {
    name: "sample-image",
    title: "sample image",
    inputs: [RECIPE, SAMPLE_REPOSITORY, ...module.inputs],
    async produce(into, { progress, signal }) {
      const { path, source } = await ensure(module, progress, signal);
      const image = await moduleImage(join(path, MODULE_FILE));
      writeFileSync(join(into, "image.tar"), ociArchive([image]));
      const about = { reference: image.names[0], digest: image.manifest.digest };
      writeFileSync(join(into, IMAGE_FILE), `${JSON.stringify(about, null, 2)}\n`);
      return { source };
    },
  };
}

/** What the artifact's folder holds. */
export function readSampleImage(path: string): SampleImage {
  const about = JSON.parse(readFileSync(join(path, IMAGE_FILE), "utf8")) as Omit<SampleImage, "archive">;
  return { ...about, archive: join(path, "image.tar") };
}

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
