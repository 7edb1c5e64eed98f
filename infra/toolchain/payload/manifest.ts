import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Architecture } from "../architecture";

/** Where crun is compiled: once on the host that makes the payload, or by each machine from the sources in it. */
export type RuntimeBuild = "payload" | "node";

/** What a payload is; `manifest.json` beside it. */
export interface PayloadManifest {
  /** Default `payload`. */
  build?: RuntimeBuild;
  /** SHA-256 of crun's source archive, as crun published it; only with build `node`. */
  crunSourceSha256?: string;
  /** Name of the generation: hash of what it installs. */
  generation: string;
  architecture: Architecture;
  versions: { crun: string; wasmedge: string; crictl: string };
  /** Where each part came from, for people. */
  sources: Readonly<Record<string, string>>;
  glibc: {
    /** Version that the payload brings along; its programs use it, where crun is compiled on the machine only an older machine does. */
    bundled: string;
    /** Highest version that a file in it asks for. */
    needed: string;
  };
  /** Name under which crun loads WasmEdge. */
  soname: string;
  /** Names of the images that a proof brings along. */
  images: { proof: string; pause: string };
  /** What the proof container prints. */
  proofLine: string;
  /** SHA-256 of payload.tar.gz. */
  sha256: string;
  /** Bytes of payload.tar.gz, and of its files when unpacked. */
  size: number;
  unpackedSize: number;
  /** SHA-256 of each file, by path below the generation's folder. */
  files: Readonly<Record<string, string>>;
}

export const PAYLOAD_FILE = "payload.tar.gz";
export const MANIFEST_FILE = "manifest.json";

/** A payload on this host. */
export interface RuntimePayload {
  /** Path of payload.tar.gz. */
  path: string;
  manifest: PayloadManifest;
}

/** Reads a folder that `runtimePayload`, `sourcePayload` or `mirroredPayload` made. */
export function readPayload(folder: string): RuntimePayload {
  const manifest = JSON.parse(readFileSync(join(folder, MANIFEST_FILE), "utf8")) as PayloadManifest;
  return { path: join(folder, PAYLOAD_FILE), manifest };
}
