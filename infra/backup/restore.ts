import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { stateRoot } from "../paths";
import { run } from "../process";
import type { MachineCommand } from "../ssh/declared";
import { runOnMachine } from "../ssh/run";
import { clusterScript, scriptInputs } from "./control-plane";
import { type BackupManifest, minorOf, SNAPSHOT } from "./manifest";
import { bytesAt, tarPlaces } from "./tar-file";

/**
 * What keeps a backup from being put into a cluster; `undefined` when nothing does.
 *
 * @param intoNewCluster whether the user says that the cluster was made anew since the backup
 */
export function restoreObstacle(
  { clusterId, kubernetesVersion, stack }: BackupManifest,
  { run: { inputs } }: MachineCommand,
  intoNewCluster: boolean,
): string | undefined {
  const runs = inputs.kubernetes_version ?? "";
  if (minorOf(kubernetesVersion) !== minorOf(runs))
    return `it was taken of Kubernetes ${kubernetesVersion} and the cluster runs ${runs}; make the cluster with the release of the backup, restore, then go on`;
  if (clusterId !== inputs.cluster_id && !intoNewCluster)
    return `it is of another cluster (stack ${stack}, ${clusterId}); if this cluster was made anew since then and shall get that one's content, add --into-new-cluster`;
  return undefined;
}

/**
 * Far above every revision that a client of the old data can have seen: each then reads everything again, instead of
 * waiting for changes that have been.
 */
const REVISIONS_AHEAD = 1_000_000_000;

/** Arguments of `etcdutl snapshot restore` for the one member that kubeadm makes. */
export function restoreArguments(snapshot: string, data: string, node: string, address: string): string[] {
  const peer = `https://${address}:2380`;
  return [
    ...["snapshot", "restore", snapshot, "--data-dir", data],
    ...["--name", node, "--initial-cluster", `${node}=${peer}`, "--initial-advertise-peer-urls", peer],
    ...["--bump-revision", String(REVISIONS_AHEAD), "--mark-compacted"],
  ];
}

/**
 * Puts a verified backup's data under the etcd of a control plane.
 *
 * etcd's data is made on this host, of the snapshot; the machine gets it whole, and only changes what etcd reads.
 *
 * @param etcdutl the program
 * @returns how long what took on the machine
 * @throws when etcdutl refuses, or the API does not come back; the machine has its old data again then
 */
export async function restoreBackup(file: string, command: MachineCommand, etcdutl: string): Promise<Phases> {
  mkdirSync(stateRoot(), { recursive: true, mode: 0o700 });
  // mkdtemp makes it for its owner only.
  const work = mkdtempSync(join(stateRoot(), "restore-"));
  try {
    const snapshot = join(work, SNAPSHOT);
    const place = tarPlaces(file).get(SNAPSHOT)!;
    await pipeline(bytesAt(file, place), createWriteStream(snapshot, { mode: 0o600 }));
    const data = join(work, "data");
    const inputs = scriptInputs(command);
    await run(etcdutl, restoreArguments(snapshot, data, inputs.node_name ?? "", inputs.address ?? ""));
    return await exchangeData(command, data);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Milliseconds that the script's steps took, in their order. */
export type Phases = Readonly<Record<string, number>>;

/** How long the API server may take to answer with other data: it reads all of it, on a machine that does much else. */
const API_SECONDS = 180;

/**
 * Longer than the script's own deadlines together, for a lock, the way back of an earlier run, an exchange and its own
 * way back, which are 1110, and a slow line for the data: who ends the script ends its way back.
 */
const EXCHANGE_SECONDS = 1800;

/**
 * Exchanges the data under the etcd of a control plane.
 *
 * @param data folder with `member`
 * @throws when the API does not come back with it; the machine has its old data again then
 */
export async function exchangeData(command: MachineCommand, data: string, apiSeconds = API_SECONDS): Promise<Phases> {
  let phases: Phases = {};
  await runOnMachine(command, {
    subject: "restore of the control plane",
    script: clusterScript("restore.sh"),
    verb: "restore",
    inputs: { ...scriptInputs(command), api_seconds: String(apiSeconds) },
    payload: packed(data),
    onLine: (line) => {
      phases = (JSON.parse(line) as { milliseconds: Phases }).milliseconds;
    },
    timeoutSeconds: EXCHANGE_SECONDS,
  });
  return phases;
}

/** A folder's `member` as tar.gz. etcd sets aside 64 MiB for its log, which are holes here. */
async function* packed(data: string): AsyncGenerator<Buffer> {
  const child = spawn("tar", ["-C", data, "-cz", "--sparse", "member"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  yield* child.stdout as AsyncIterable<Buffer>;
  const code = await ended;
  if (code !== 0) throw new Error(`tar of etcd's data ended with exit code ${code}`);
}
