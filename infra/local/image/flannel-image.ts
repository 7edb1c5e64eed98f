import { join } from "node:path";
import { flannelBinary } from "../../toolchain/binaries";
import { encodeImage, imageIndex, writeStoredImage } from "../../toolchain/oci";
import { type Artifact, artifactKey, ensure } from "../../toolchain/store";
import { machineBase } from "./base";
import { proxyTools, SKELETON } from "./node-images";

/** No such registry exists: machines get the image with the rest. */
const REPOSITORY = "ofwasm.local/flannel";

/** Where the official image has it. */
const FLANNELD = "/opt/bin/flanneld";

/** Bumped when the image's recipe changes. */
const RECIPE = "2";

/**
 * flannel's image for machines that pull nothing: `readStoredImage` says what is in its folder. Apart from the
 * machines' own image, because few stacks need it.
 */
export function flannelImage(): Artifact {
  const binary = flannelBinary();
  const base = machineBase();
  return {
    name: "flannel-image",
    title: "image of flannel",
    inputs: [RECIPE, REPOSITORY, artifactKey(binary), artifactKey(base)],
    async produce(into, context) {
      const flannel = await ensure(binary, context);
      const { path } = await ensure(base, context);
      const image = await encodeImage({
        names: [`${REPOSITORY}:1`],
        // Like the official image, it brings the nft and iptables that flannel calls.
        layers: [
          await proxyTools(join(path, "root"), context.signal),
          [{ path: FLANNELD, file: join(flannel.path, "bin/flanneld"), mode: 0o755 }, ...SKELETON],
        ],
        entrypoint: [FLANNELD],
      });
      writeStoredImage(into, imageIndex(REPOSITORY, [image]));
      return { source: flannel.source };
    },
  };
}
