import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Architecture } from "../architecture";
import { type MirrorFile, PAYLOADS, readMirror } from "../mirror";
import type { Artifact, ProduceContext } from "../store";
import { MANIFEST_FILE, PAYLOAD_FILE, type PayloadManifest, type RuntimeBuild } from "./manifest";

/** A payload that was made elsewhere. */
export interface MirroredPayloadInputs {
  /** SHA-256 of its manifest, in hex: the manifest has that of the archive. */
  digest: string;
  /** What the settings ask for; a payload of anything else is refused. */
  versions: { crun: string; wasmedge: string };
  build: RuntimeBuild;
  /** Of the machines. */
  architecture: Architecture;
}

/**
 * A payload of the mirror instead of one that is compiled here. The folder is that of `runtimePayload`.
 *
 * Making it fails when the mirror does not have it, has other bytes under its name, or when it is of other versions,
 * another architecture or another build than asked for.
 */
export function mirroredPayload(inputs: MirroredPayloadInputs): Artifact {
  const { digest, versions, build, architecture } = inputs;
  return {
    name: "node-runtime",
    title: `node runtime: crun ${versions.crun}, WasmEdge ${versions.wasmedge}, payload ${digest.slice(0, 12)}`,
    inputs: ["mirror", digest, versions.crun, versions.wasmedge, build, architecture],
    produce: (into, context) => produce(into, inputs, context),
  };
}

async function produce(into: string, inputs: MirroredPayloadInputs, { mirror, signal, step }: ProduceContext) {
  const { digest } = inputs;
  if (mirror === undefined) throw new Error(`payload ${digest} is to come from the mirror: set mirror, too`);
  const take = async (file: string, sha256: string): Promise<string> => {
    const path = join(into, file);
    await readMirror(payloadFile(digest, file, sha256), mirror, path, { signal, step });
    return path;
  };
  const manifest = JSON.parse(readFileSync(await take(MANIFEST_FILE, digest), "utf8")) as PayloadManifest;
  refuseOther(manifest, inputs);
  await take(PAYLOAD_FILE, manifest.sha256);
  return { source: "mirror" };
}

/** What a mirror has of a payload: the manifest last, so that it names nothing that is not there. */
export const payloadFiles = (digest: string, { sha256 }: Pick<PayloadManifest, "sha256">): MirrorFile[] => [
  payloadFile(digest, PAYLOAD_FILE, sha256),
  payloadFile(digest, MANIFEST_FILE, digest),
];

const payloadFile = (digest: string, file: string, sha256: string): MirrorFile => ({
  place: `${PAYLOADS}/${digest}/${file}`,
  sha256,
  remedy: "Make it again where it was made: npm run mirror -- sync DIR.",
});

function refuseOther(
  manifest: PayloadManifest,
  { digest, versions, build, architecture }: MirroredPayloadInputs,
): void {
  const facts: readonly [what: string, found: string, wanted: string, remedy: string][] = [
    ["crun", manifest.versions.crun, versions.crun, `set crunVersion to ${manifest.versions.crun}`],
    ["WasmEdge", manifest.versions.wasmedge, versions.wasmedge, `set wasmedgeVersion to ${manifest.versions.wasmedge}`],
    ["architecture", manifest.architecture, architecture, `sync one on a host of ${architecture}`],
    ["runtimeBuild", manifest.build ?? "payload", build, `set runtimeBuild to ${manifest.build ?? "payload"}`],
  ];
  const wrong = facts.filter(([, found, wanted]) => found !== wanted);
  if (wrong.length === 0) return;
  const lines = wrong.map(([what, found, wanted, remedy]) => `  ${what} ${found} instead of ${wanted}: ${remedy}`);
  throw new Error(
    `payload ${digest} of the mirror is not what the settings ask for:\n${lines.join("\n")}\n` +
      "or set payloadDigest to another payload's.",
  );
}
