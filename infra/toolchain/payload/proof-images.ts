import { encodeImage, type ImageSpec, ociArchive } from "../oci";
import type { PayloadFile } from "./contents";
import { lineModule } from "./wasm-module";

export const IMAGES = { proof: "ofwasm.invalid/proof:1", pause: "ofwasm.invalid/pause:1" };

/** What the proof container prints; a machine that shows it has run WebAssembly. */
export const PROOF_LINE = "this line was written by a WebAssembly module";

/**
 * The image of the proof, and one for pods' namespaces where a machine does not have its own yet.
 *
 * @param pause program that holds a pod's namespaces
 */
export async function proofImages(pause: string): Promise<PayloadFile[]> {
  const image = async (path: string, spec: ImageSpec): Promise<PayloadFile> => {
    // Makes it another image than a machine's own, which removing this one must never take along.
    const labels = { "dev.ofwasm.purpose": "proof" };
    return { path, data: ociArchive([await encodeImage({ ...spec, labels })]), mode: 0o644 };
  };
  return [
    await image("share/proof.tar", {
      names: [IMAGES.proof],
      layers: [[{ path: "/proof.wasm", data: lineModule(PROOF_LINE), mode: 0o755 }]],
      entrypoint: ["/proof.wasm"],
    }),
    await image("share/pause.tar", {
      names: [IMAGES.pause],
      layers: [[{ path: "/pause", file: pause, mode: 0o755 }]],
      entrypoint: ["/pause"],
    }),
  ];
}
