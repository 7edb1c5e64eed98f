import { join } from "node:path";
import type { StoredImage } from "../../infra/toolchain/oci";
import type { RuntimePayload } from "../../infra/toolchain/payload";

/** A payload as artifacts have it, of the file `payload.tar.gz` in the folder. */
export const testPayload = (folder: string): RuntimePayload =>
  ({
    path: join(folder, "payload.tar.gz"),
    manifest: {
      generation: "g1",
      architecture: "amd64",
      sha256: "0".repeat(64),
      unpackedSize: 1,
      versions: { crun: "1.21", wasmedge: "0.14.1", crictl: "1.34.0" },
    },
  }) as RuntimePayload;

/** An image as artifacts have it, of the file `image.tar` in the folder. */
export const testImage = (folder: string, name: string, digest: string): StoredImage => ({
  reference: `ofwasm.local/${name}:${digest}`,
  digest: `sha256:${digest}`,
  archive: join(folder, "image.tar"),
});
