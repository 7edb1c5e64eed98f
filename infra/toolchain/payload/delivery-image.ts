import { join } from "node:path";
import { IMAGE_PAYLOAD } from "../../../components/node-daemonset";
import { machineBase } from "../../local/image/base";
import { programLayer, SKELETON } from "../../local/image/node-images";
import { encodeImage, imageIndex, writeStoredImage } from "../oci";
import { type Artifact, artifactKey, ensure } from "../store";
import { readPayload } from "./manifest";

/** No such registry exists: the image gets its real name when it is pushed. */
const REPOSITORY = "ofwasm.local/node-runtime";

/** What the script of the pods calls in the container; what it calls on the machine is the machine's own. */
const PROGRAMS = ["bash", "cat", "curl", "date", "env", "nsenter", "rm", "sleep", "tee", "test"].map(
  (name) => `/usr/bin/${name}`,
);

/** With this shell, curl, date, sleep and tee it is also what functions are asked with. */
const SHELL = "/usr/bin/dash";

/** Bumped when the image's recipe changes. */
const RECIPE = "1";

/**
 * The payload as an image, with the programs by which a pod brings it to its node's machine: `readStoredImage` says
 * what is in its folder. The programs are Debian's, from the root that local machines are born from.
 *
 * @param payload artifact that `readPayload` reads
 */
export function deliveryImage(payload: Artifact): Artifact {
  const base = machineBase();
  return {
    name: "delivery-image",
    title: "image that delivers the runtime",
    inputs: [RECIPE, REPOSITORY, IMAGE_PAYLOAD, JSON.stringify(PROGRAMS), artifactKey(base), artifactKey(payload)],
    async produce(into, context) {
      const { path: root } = await ensure(base, context);
      const { path: folder, source } = await ensure(payload, context);
      const { path, manifest } = readPayload(folder);
      const image = await encodeImage({
        names: [`${REPOSITORY}:1`],
        platform: { os: "linux", architecture: manifest.architecture },
        layers: [
          [
            ...(await programLayer(join(root, "root"), [...PROGRAMS, SHELL], context.signal)),
            { path: "/usr/bin/sh", link: "dash" },
            // Names are looked up by the C library, which asks nobody without this file.
            { path: "/etc/nsswitch.conf", data: "passwd: files\ngroup: files\nhosts: files dns\n" },
            ...SKELETON,
          ],
          // Apart from the programs: another runtime is another layer only.
          [{ path: IMAGE_PAYLOAD, file: path }],
        ],
        annotations: { "org.opencontainers.image.version": manifest.versions.crun },
      });
      writeStoredImage(into, imageIndex(REPOSITORY, [image]));
      return { source };
    },
  };
}
