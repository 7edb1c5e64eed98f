import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import { tar } from "../../../components/archive";
import { hostArchitecture } from "../architecture";
import type { Artifact } from "../store";
import { checksums, type Generation, nameGeneration, type PayloadFile, sha256 } from "./contents";
import { MANIFEST_FILE, PAYLOAD_FILE, type PayloadManifest } from "./manifest";
import { IMAGES, PROOF_LINE } from "./proof-images";

const gzip = promisify(gzipCallback);

export interface RuntimePayloadInputs {
  versions: { crun: string; wasmedge: string };
  /** `bin/crictl`, with which a machine proves what it can do. */
  crictl: { version: string; artifact: Artifact };
}

/** What is packed, and what the manifest says of it. */
export interface PayloadContents extends Pick<PayloadManifest, "sources" | "glibc" | "build" | "crunSourceSha256"> {
  files: readonly PayloadFile[];
  /** Folders of the files. */
  folders: readonly string[];
  /** What the script must know beyond what every payload tells it. */
  facts: Readonly<Record<string, string>>;
}

/** Writes the archive and its manifest into a folder. */
export async function writePayload(
  into: string,
  { versions, crictl }: RuntimePayloadInputs,
  { files, folders, facts, ...rest }: PayloadContents,
): Promise<void> {
  const architecture = hostArchitecture();
  const generation = nameGeneration(files);
  const usual = {
    generation: generation.id,
    architecture,
    crun: versions.crun,
    wasmedge: versions.wasmedge,
    crictl: crictl.version,
    proof_image: IMAGES.proof,
    pause_image: IMAGES.pause,
    proof_line: PROOF_LINE,
  };
  const archive = await gzip(generationTar(generation, folders, { ...usual, ...facts }), { level: 6 });
  writeFileSync(join(into, PAYLOAD_FILE), archive);
  const manifest: PayloadManifest = {
    generation: generation.id,
    architecture,
    versions: { ...versions, crictl: crictl.version },
    ...rest,
    soname: "libwasmedge.so.0",
    images: IMAGES,
    proofLine: PROOF_LINE,
    sha256: sha256(archive),
    size: archive.length,
    unpackedSize: generation.files.reduce((sum, { data }) => sum + data.length, 0),
    files: Object.fromEntries(generation.files.map(({ path, data }) => [path, sha256(data)])),
  };
  writeFileSync(join(into, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The archive that a machine unpacks: the files, their checksums, and what the script must know of them. */
function generationTar(
  generation: Generation,
  folders: readonly string[],
  facts: Readonly<Record<string, string>>,
): Buffer {
  const lines = Object.entries(facts).map(([key, value]) => `${key}=${value}\n`);
  const text = (path: string, content: string) => ({
    kind: "file" as const,
    path,
    mode: 0o644,
    data: Buffer.from(content),
  });
  return tar([
    ...folders.map((path) => ({ kind: "directory" as const, path, mode: 0o755 })),
    ...generation.files.map((file) => ({ kind: "file" as const, ...file })),
    text("facts", lines.join("")),
    text("SHA256SUMS", checksums(generation.files)),
  ]);
}
