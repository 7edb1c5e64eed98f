import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { payload } from "../../infra/artifacts";
import { run } from "../../infra/process";
import { crictlBinary } from "../../infra/toolchain/binaries";
import { MANIFEST_FILE, payloadFiles, type RuntimePayload, readPayload } from "../../infra/toolchain/payload";
import { writePayload } from "../../infra/toolchain/payload/archive";
import { GENERATION_PLACEHOLDER, type PayloadFile, sha256 } from "../../infra/toolchain/payload/contents";
import { streamProgress } from "../../infra/toolchain/progress";
import { ensure } from "../../infra/toolchain/store";

/** The pair that the settings have as default. */
const VERSIONS = { crunVersion: "1.21", wasmedgeVersion: "0.14.1" };

/**
 * Another build of the runtime, as far as a machine can tell: the same programs and one file more, and so a generation
 * of another name in another folder.
 *
 * @param into an empty folder for it
 * @param label what the further file holds: each has a generation of its own
 */
export async function otherPayload(into: string, label: string): Promise<RuntimePayload> {
  const settings = { ...VERSIONS, runtimeBuild: "payload" as const };
  const { path, manifest } = readPayload((await ensure(payload(settings), { progress: streamProgress() })).path);
  const unpacked = mkdtempSync(join(into, ".unpacked-"));
  await run("tar", ["-xzf", path, "-C", unpacked]);
  const files = Object.keys(manifest.files).map((file): PayloadFile => {
    const mode = statSync(join(unpacked, file)).mode & 0o777;
    return { path: file, data: unnamed(readFileSync(join(unpacked, file)), manifest.generation), mode };
  });
  rmSync(unpacked, { recursive: true });
  const { versions, sources, glibc } = manifest;
  await writePayload(
    into,
    { versions, crictl: { version: versions.crictl, artifact: crictlBinary() } },
    {
      files: [...files, { path: "share/label", data: Buffer.from(label), mode: 0o644 }],
      folders: ["bin", "lib", "share"],
      facts: {},
      sources,
      glibc,
    },
  );
  return readPayload(into);
}

/** The file as it was before its generation had a name. */
const unnamed = (data: Buffer, generation: string): Buffer =>
  Buffer.from(data.toString("latin1").replaceAll(generation, GENERATION_PLACEHOLDER), "latin1");

/** Puts a payload into a mirror; gives the settings that take it from there. */
export function mirrored({ path }: RuntimePayload, mirror: string): { mirror: string; payloadDigest: string } {
  const folder = dirname(path);
  const digest = sha256(readFileSync(join(folder, MANIFEST_FILE)));
  for (const { place } of payloadFiles(digest, readPayload(folder).manifest)) {
    mkdirSync(join(mirror, dirname(place)), { recursive: true });
    copyFileSync(join(folder, basename(place)), join(mirror, place));
  }
  return { mirror, payloadDigest: digest };
}
