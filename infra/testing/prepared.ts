import { flannelImage } from "../local/image/flannel-image";
import { daprdBinary, flannelBinary, helmBinary, manifestsBinary, yamlLanguageHost } from "../toolchain/binaries";
import { buildImages } from "../toolchain/build-images/all";
import { buildImagesRoot } from "../toolchain/build-images/root";
import { daprdImage, SAMPLE_NAMES, sampleImage, sampleModule } from "../toolchain/sample";
import { rustRoot } from "../toolchain/sample/debian";
import { sampleSources } from "../toolchain/sample/samples";
import type { Artifact } from "../toolchain/store";

/**
 * What tests need beside a stack of the default settings: readers of charts and manifests, both samples, the sidecar,
 * the overlay, and what builds the sample in a cluster. Parts before what is made of them, so that two at a time find
 * work. The roots of other Debian releases are made by `tests/node`, which alone has them.
 */
export function testArtifacts(): Record<string, Artifact> {
  const named = (kind: string, make: (name: (typeof SAMPLE_NAMES)[number]) => Artifact): Record<string, Artifact> =>
    Object.fromEntries(SAMPLE_NAMES.map((name) => [`${kind} ${name}`, make(name)]));
  return {
    helm: helmBinary(),
    manifests: manifestsBinary(),
    yamlLanguageHost: yamlLanguageHost(),
    daprd: daprdBinary(),
    rustRoot: rustRoot(),
    flannel: flannelBinary(),
    buildImagesRoot: buildImagesRoot(),
    ...named("module", (name) => sampleModule(name)),
    ...named("image", (name) => sampleImage(name)),
    daprdImage: daprdImage(),
    flannelImage: flannelImage(),
    // Of a copy in another folder they are the same.
    ...buildImages(sampleSources("http-server")),
  };
}
