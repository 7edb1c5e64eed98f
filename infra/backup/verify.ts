import { createHash } from "node:crypto";
import { type BackupManifest, MACHINE_FILES, MANIFEST, parseManifest, SNAPSHOT } from "./manifest";
import { authorityOf } from "./new-authority";
import { bytesAt, collected, type Place, tarPlaces } from "./tar-file";

/** Bytes of the SHA-256 that etcd puts behind the database. */
const DIGEST = 32;

/**
 * Reads what a backup says of itself.
 *
 * @throws when the file is none, or is cut off
 */
export async function readManifest(file: string): Promise<BackupManifest> {
  const place = tarPlaces(file).get(MANIFEST);
  if (place === undefined) throw new Error("it has no manifest, which comes last: it is cut off, or no backup");
  return parseManifest(Buffer.concat(await collected(bytesAt(file, place))).toString());
}

/**
 * Reads a backup to its end and compares every checksum: those of its manifest, and etcd's own. Those
 * say nothing of files that the machine never sent, so the one that a restore reads is looked for.
 *
 * @throws with the file and all that is wrong with it
 */
export async function verifyBackup(file: string): Promise<BackupManifest> {
  let manifest: BackupManifest;
  try {
    manifest = await readManifest(file);
  } catch (error) {
    throw new Error(`backup ${file} cannot be used: ${(error as Error).message}; take another`);
  }
  const places = tarPlaces(file);
  const problems = await Promise.all(
    Object.entries(manifest.files).map(async ([name, { size, sha256 }]) => {
      const place = places.get(name);
      if (place?.size !== size) return [`${name} has ${place?.size ?? "no"} bytes instead of ${size}`];
      return (await sha256Of(file, place)) === sha256
        ? []
        : [`${name} is not what was written: its SHA-256 is another`];
    }),
  );
  const found = [...problems.flat(), ...(await etcdProblems(file, places.get(SNAPSHOT)))];
  if (found.length === 0) found.push(...(await keyProblems(file)));
  if (found.length > 0) throw new Error(`backup ${file} cannot be used, take another:\n  ${found.join("\n  ")}`);
  return manifest;
}

const keyProblems = (file: string): Promise<string[]> =>
  authorityOf(file).then(
    () => [],
    () => [`${MACHINE_FILES} has no etc/kubernetes/pki/ca.crt, or is cut off: the machine's keys are not in it`],
  );

async function etcdProblems(file: string, place: Place | undefined): Promise<string[]> {
  if (place === undefined || place.size <= DIGEST) return [`${SNAPSHOT} is empty`];
  const database = { start: place.start, size: place.size - DIGEST };
  const behind = { start: place.start + database.size, size: DIGEST };
  const sent = Buffer.concat(await collected(bytesAt(file, behind))).toString("hex");
  return (await sha256Of(file, database)) === sent
    ? []
    : [`${SNAPSHOT} does not end in the SHA-256 that etcd sends last`];
}

async function sha256Of(file: string, place: Place): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of bytesAt(file, place)) hash.update(chunk);
  return hash.digest("hex");
}
