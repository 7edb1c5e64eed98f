import type { Input } from "@pulumi/pulumi";

/** GiB of a machine's disk. Images, logs and etcd of a small cluster fit. */
export const DEFAULT_DISK_GIB = 30;

/** IMDSv2 only. */
export const METADATA = {
  httpEndpoint: "enabled",
  httpTokens: "required",
  // Packets of pods have one hop more: user-data and the machine's role are not theirs to read.
  httpPutResponseHopLimit: 1,
  instanceMetadataTags: "disabled",
} as const;

export interface DiskSettings {
  diskGib: number;
  /** Key that encrypts the disk. Default: the account's for EBS. */
  kmsKeyId?: Input<string>;
}

/** What instances and launch templates say of a disk in the same words. */
export const diskOf = ({ diskGib, kmsKeyId }: DiskSettings) => ({
  volumeType: "gp3",
  volumeSize: diskGib,
  ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
});
