import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { MachineCommand } from "../ssh/declared";
import { runOnMachine } from "../ssh/run";
import { clusterScript, scriptInputs } from "./control-plane";
import { backupName, partialName } from "./folder";
import { type BackupManifest, MACHINE_FILES, MANIFEST, SNAPSHOT } from "./manifest";
import { snapshotBytes } from "./snapshot-stream";
import { GrowingTar } from "./tar-file";
import { verifyBackup } from "./verify";

/** First line of `snapshot.sh`. */
interface Head {
  /** What etcd answers to /version. */
  etcd: { etcdserver: string };
  /** Base64 of a tar.gz. */
  machine: string;
}

export interface Taken {
  file: string;
  manifest: BackupManifest;
}

/**
 * Writes a backup of a control plane into a folder, and reads it again to its end. A file of that name is there as a
 * whole, or not at all.
 *
 * @throws when the machine, etcd or the disk refuses
 */
export async function takeBackup(stack: string, command: MachineCommand, folder: string): Promise<Taken> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const now = new Date();
  const name = backupName(stack, now);
  const partial = join(folder, partialName(name));
  try {
    await writeBackup(partial, stack, command, now);
    const manifest = await verifyBackup(partial);
    const file = join(folder, name);
    renameSync(partial, file);
    return { file, manifest };
  } finally {
    rmSync(partial, { force: true });
  }
}

async function writeBackup(file: string, stack: string, command: MachineCommand, now: Date): Promise<void> {
  const tar = new GrowingTar(file);
  const files: Record<string, { size: number; sha256: string }> = {};
  let head: Head | undefined;
  const onLine = (line: string): void => {
    if (head !== undefined) {
      tar.write(snapshotBytes(line));
      return;
    }
    head = JSON.parse(line) as Head;
    tar.begin(MACHINE_FILES);
    tar.write(Buffer.from(head.machine, "base64"));
    files[MACHINE_FILES] = tar.end();
    tar.begin(SNAPSHOT);
  };
  try {
    await runOnMachine(command, {
      subject: "backup of the control plane",
      script: clusterScript("snapshot.sh"),
      verb: "snapshot",
      inputs: scriptInputs(command),
      onLine,
      timeoutSeconds: 0,
    });
    if (head === undefined) throw new Error(`backup: ${command.name}'s machine sent nothing; run it again`);
    files[SNAPSHOT] = tar.end();
    const { inputs } = command.run;
    const manifest: BackupManifest = {
      format: 1,
      stack,
      clusterId: inputs.cluster_id ?? "",
      kubernetesVersion: inputs.kubernetes_version ?? "",
      etcdVersion: (head as Head).etcd.etcdserver,
      takenAt: now.toISOString(),
      files,
    };
    tar.begin(MANIFEST);
    tar.write(Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`));
    tar.end();
    tar.finish();
  } catch (error) {
    tar.close();
    throw error;
  }
}
