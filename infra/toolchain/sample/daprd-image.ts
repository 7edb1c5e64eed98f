import { join } from "node:path";
import { versions } from "../../versions";
import { daprdBinary } from "../binaries";
import { encodeImage, imageIndex, writeStoredImage } from "../oci";
import { type Artifact, artifactKey, ensure } from "../store";

/** No such registry exists: machines get the image with the rest. */
const REPOSITORY = "ofwasm.local/daprd";

/** Where Dapr's own image has it. */
const DAPRD = "/daprd";

/** Folder for `--resources-path`. */
export const DAPR_RESOURCES = "/components";

/** Name of the store, which is the one that `dapr-state` asks for when it is told none. */
const STATE_STORE = {
  apiVersion: "dapr.io/v1alpha1",
  kind: "Component",
  metadata: { name: "statestore" },
  spec: { type: "state.in-memory", version: "v1", metadata: [] },
};

/** Bumped when the image's recipe changes. */
const RECIPE = "1";

/**
 * Image of Dapr's sidecar for machines that pull nothing; `readStoredImage` says what is in its folder. It has one store,
 * in memory: what is kept there ends with the container.
 */
export function daprdImage(): Artifact {
  const binary = daprdBinary();
  return {
    name: "daprd-image",
    title: "image of daprd",
    inputs: [RECIPE, REPOSITORY, JSON.stringify(STATE_STORE), artifactKey(binary)],
    async produce(into, context) {
      const daprd = await ensure(binary, context);
      const image = await encodeImage({
        names: [`${REPOSITORY}:${versions.dapr}`],
        layers: [
          [
            { path: DAPRD, file: join(daprd.path, "bin/daprd"), mode: 0o755 },
            { path: `${DAPR_RESOURCES}/statestore.yaml`, data: `${JSON.stringify(STATE_STORE)}\n` },
          ],
        ],
        entrypoint: [DAPRD],
        user: "65532:65532",
        annotations: { "org.opencontainers.image.version": versions.dapr },
      });
      writeStoredImage(into, imageIndex(REPOSITORY, [image]));
      return { source: daprd.source };
    },
  };
}
