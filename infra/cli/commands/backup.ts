import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { controlPlaneOf } from "../../backup/control-plane";
import { backupsOf, defaultFolder, prune } from "../../backup/folder";
import type { BackupManifest } from "../../backup/manifest";
import { renewPods } from "../../backup/new-authority";
import { restoreBackup, restoreObstacle } from "../../backup/restore";
import { takeBackup } from "../../backup/take";
import { readManifest, verifyBackup } from "../../backup/verify";
import { alone, mendState } from "../../engine/operation";
import { type Engine, engineCall, openSession, type Session } from "../../engine/session";
import { type MachineCommand, machineCommands } from "../../ssh/declared";
import { etcdutlBinary } from "../../toolchain/binaries";
import { streamProgress } from "../../toolchain/progress";
import { ensure } from "../../toolchain/store";
import { type Command, exitCodes } from "../command";
import { type Options, UsageError } from "../options";
import { prepareEngine } from "./prepare";

type Action =
  | { name: "take"; keep: number | undefined }
  | { name: "list" }
  | { name: "verify" | "restore"; file: string };

export const backup: Command = {
  summary: "Saves what the stack's cluster holds: etcd and the control plane's keys, in one file, checked.",
  positionals: "[list | verify FILE | restore FILE]",
  details: [
    "Without a word more it takes a backup. The file is as secret as the cluster: it has every Secret in it, and the",
    "keys of the certificate authorities; it can be read by its owner only, and is not encrypted.",
    "",
    "list shows the stack's backups, verify FILE reads one to its end and compares every checksum, etcd's own too.",
    "",
    "restore FILE puts the file's data under the stack's etcd. What was changed since is gone. When the API does not",
    "come back with it, the machine has its old data again. docs/backup.md has what comes after it.",
  ],
  flags: {
    to: { type: "string", description: "folder of the backups (default: backups in the state folder)" },
    keep: { type: "string", description: "after a backup keep this many of the stack's and remove older ones" },
    "into-new-cluster": { type: "boolean", description: "restore into a cluster made anew since the backup" },
  },
  async run(options, { clone }) {
    const action = chosenAction(options);
    const folder = resolve(typeof options.flags.to === "string" ? options.flags.to : defaultFolder());
    if (action.name === "list") return list(options.stack, folder);
    if (action.name === "verify") return verify(action.file);
    const session = openSession(clone, options.stack, options.set);
    if (action.name === "take") return take(session, folder, action.keep);
    return restore(session, action.file, options.flags["into-new-cluster"] === true);
  },
};

/** @throws UsageError */
export function chosenAction({
  positionals: [name, file, ...rest],
  flags,
}: Pick<Options, "positionals" | "flags">): Action {
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one word too many; --help tells what it does`);
  if (flags["into-new-cluster"] && name !== "restore") throw new UsageError("--into-new-cluster: only restore has it");
  if (flags.keep !== undefined && name !== undefined) throw new UsageError("--keep: only taking a backup has it");
  if (name === undefined) return { name: "take", keep: keptNumber(flags.keep) };
  if (name === "list" && file === undefined) return { name };
  if ((name === "verify" || name === "restore") && file !== undefined && file !== "") {
    if (!existsSync(file))
      throw new UsageError(`${name} ${file}: there is no such file; backup list shows those there are`);
    return { name, file: resolve(file) };
  }
  throw new UsageError("say nothing to take a backup, or list, verify FILE or restore FILE; --help tells what they do");
}

function keptNumber(value: string | boolean | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || !/^[1-9]\d{0,3}$/.test(value))
    throw new UsageError(`--keep ${value}: a whole number from 1 to 9999`);
  return Number(value);
}

async function take(session: Session, folder: string, keep: number | undefined): Promise<number> {
  const { command } = await controlPlane(session);
  const { file, manifest } = await takeBackup(session.stack, command, folder);
  process.stdout.write(`${line(file, manifest)}\n`);
  for (const name of prune(session.stack, folder, keep)) process.stdout.write(`removed ${join(folder, name)}\n`);
  return exitCodes.ok;
}

async function list(stack: string, folder: string): Promise<number> {
  const names = backupsOf(stack, folder);
  if (names.length === 0) process.stdout.write(`no backups of stack ${stack} in ${folder}\n`);
  for (const name of names) {
    const file = join(folder, name);
    const text = await readManifest(file).then(
      (manifest) => line(file, manifest),
      (error: Error) => `${file}   cannot be used: ${error.message}`,
    );
    process.stdout.write(`${text}\n`);
  }
  return exitCodes.ok;
}

async function verify(file: string): Promise<number> {
  process.stdout.write(`${line(file, await verifyBackup(file))}   every checksum is right\n`);
  return exitCodes.ok;
}

async function restore(session: Session, file: string, intoNewCluster: boolean): Promise<number> {
  const manifest = await verifyBackup(file);
  const { command, engine } = await controlPlane(session);
  return alone(session, async () => {
    const obstacle = restoreObstacle(manifest, command, intoNewCluster);
    if (obstacle !== undefined) throw new UsageError(`restore ${file}: ${obstacle}`);
    const { path } = await ensure(etcdutlBinary(), { progress: streamProgress() });
    const step = streamProgress().step(`restore of ${session.stack}`);
    const phases = await restoreBackup(file, command, join(path, "bin/etcdutl"));
    const kubeconfig = ["stack", "output", "kubeconfig", "--show-secrets", "--stack", session.stack];
    const renewed = await renewPods(file, await engineCall(session, engine, kubeconfig));
    const took = Object.entries(phases).map(([name, milliseconds]) => `${name} ${(milliseconds / 1000).toFixed(1)} s`);
    const again = renewed === 0 ? [] : [`${renewed} pods begin again, with the cluster's new certificate authority`];
    step.done([...took, ...again].join(", "));
    process.stdout.write(
      `stack ${session.stack} holds what it held at ${manifest.takenAt}; npm run up -- --stack ${session.stack} --refresh brings back what was declared since\n`,
    );
    return exitCodes.ok;
  });
}

async function controlPlane(session: Session): Promise<{ engine: Engine; command: MachineCommand }> {
  if (!existsSync(session.files.checkpoint))
    throw new UsageError(`stack ${session.stack} is not up; npm run up -- --stack ${session.stack} makes it`);
  const engine = await prepareEngine(session.settings);
  await mendState(session);
  return { engine, command: controlPlaneOf(session.stack, await machineCommands(session, engine)) };
}

const line = (file: string, { takenAt, kubernetesVersion, etcdVersion }: BackupManifest): string =>
  `${file}   taken ${takenAt}   Kubernetes ${kubernetesVersion}, etcd ${etcdVersion}   ${(statSync(file).size / 2 ** 20).toFixed(1)} MiB`;
