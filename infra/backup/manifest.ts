/** What a backup says of itself; the last entry of its file, so that a file that was cut off has none. */
export interface BackupManifest {
  format: 1;
  stack: string;
  clusterId: string;
  /** `v1.34.4`. */
  kubernetesVersion: string;
  etcdVersion: string;
  /** ISO 8601, UTC. */
  takenAt: string;
  files: Readonly<Record<string, { size: number; sha256: string }>>;
}

/** etcd's snapshot as etcd sends it: its database, then the SHA-256 of that. */
export const SNAPSHOT = "etcd.db";

/** /etc/kubernetes with certificate authorities and keys, and what this program noted down of the cluster. */
export const MACHINE_FILES = "machine.tar.gz";

export const MANIFEST = "manifest.json";

/** @throws when the text is no manifest that this version reads */
export function parseManifest(text: string): BackupManifest {
  const manifest = JSON.parse(text) as Partial<BackupManifest>;
  if (manifest.format !== 1) throw new Error(`its format is ${manifest.format}, this version reads 1`);
  for (const name of [SNAPSHOT, MACHINE_FILES])
    if (manifest.files?.[name] === undefined) throw new Error(`its manifest does not name ${name}`);
  return manifest as BackupManifest;
}

/** `v1.34.4` -> `1.34`: snapshots are read by the minor release that wrote them. */
export const minorOf = (version: string): string => version.replace(/^v/, "").split(".").slice(0, 2).join(".");
