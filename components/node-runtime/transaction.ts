import { join } from "node:path";
import type { ScriptInputs } from "../remote";

/** crun, WasmEdge and the proof as one archive on this host, and what it says of itself. */
export interface NodePayload {
  /** Path of payload.tar.gz. */
  path: string;
  manifest: {
    /**
     * Where crun is compiled. `payload`: it is in the archive. `node`: the archive has its source, and each machine
     * compiles it. Default `payload`.
     */
    build?: "payload" | "node";
    /** SHA-256 of crun's source archive, as crun published it. Must be given with build `node`. */
    crunSourceSha256?: string;
    /** Name of what it installs, by content. */
    generation: string;
    /** `amd64` or `arm64`. */
    architecture: string;
    /** SHA-256 of payload.tar.gz. */
    sha256: string;
    /** Bytes of its files. */
    unpackedSize: number;
    versions: { crun: string; wasmedge: string };
  };
}

/** The script that changes a machine. */
export const TRANSACTION = join(__dirname, "scripts", "transaction.sh");

/** The script that tells what there is on a machine of what that one did. */
export const INSPECTION = join(__dirname, "scripts", "inspect.sh");

/** Where the payload lies on a machine: in the home of the login user, whom nobody else can fool there. */
export const remotePayload = (sha256: string): string => `.ofwasm-runtime-${sha256.slice(0, 16)}.tar.gz`;

/**
 * The script's inputs that the payload decides.
 *
 * @throws for a payload of sources that does not say which source was published
 */
export function payloadInputs({ path, manifest }: Pick<NodePayload, "path" | "manifest">): ScriptInputs {
  const { build = "payload", crunSourceSha256 } = manifest;
  if (build === "node" && crunSourceSha256 === undefined)
    throw new Error(`${path}: a payload of sources whose manifest has no crunSourceSha256; make it again`);
  return {
    payload: remotePayload(manifest.sha256),
    payload_sha256: manifest.sha256,
    generation: manifest.generation,
    unpacked_bytes: manifest.unpackedSize,
    architecture: manifest.architecture,
    build,
    ...(crunSourceSha256 === undefined ? {} : { crun_source_sha256: crunSourceSha256 }),
  };
}
