import { randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parseCidr } from "../../../components/node-pool/network";
import type { MachineSpec } from "../../../components/node-pool/spec";
import { run } from "../../process";
import type { MachineFolder } from "./layout";

export interface BornFile {
  /** Path in the machine. */
  path: string;
  content: string;
  mode: number;
}

/** Folders that belong to root alone; every other folder of a born file is 0755. */
const PRIVATE_FOLDERS = ["/root", "/root/.ssh"];

/** What only this machine has and only its boot reads. */
const BORN_FOLDER = "/etc/ofwasm";

const UNITS = "/etc/systemd/system";

const NETWORK_UNIT = `[Unit]
Description=Network address of this machine
DefaultDependencies=no
Before=sysinit.target network-pre.target network.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${BORN_FOLDER}/machine-network.sh
`;

/** What makes a machine out of an image that many share: its name, address and keys, and the unit that reads them. */
export function bornFiles(spec: MachineSpec, machineId: string, networkScript: string): BornFile[] {
  const { prefixLength } = parseCidr(spec.network);
  const file = (path: string, content: string, mode = 0o644): BornFile => ({ path, content, mode });
  const line = (text: string): string => `${text.trimEnd()}\n`;
  return [
    file("/etc/hostname", line(spec.name)),
    file("/etc/hosts", `127.0.0.1 localhost\n::1 localhost\n${spec.address} ${spec.name}\n`),
    file("/etc/machine-id", line(machineId), 0o444),
    file("/etc/ssh/ssh_host_ed25519_key", line(spec.hostKey.privateKey), 0o600),
    file("/etc/ssh/ssh_host_ed25519_key.pub", line(spec.hostKey.publicKey)),
    file("/root/.ssh/authorized_keys", line(spec.authorizedKey), 0o600),
    file(`${BORN_FOLDER}/network.conf`, `${spec.address}/${prefixLength}\n${spec.gateway}\n`),
    file(`${BORN_FOLDER}/machine-network.sh`, networkScript, 0o755),
    file(`${UNITS}/machine-network.service`, NETWORK_UNIT),
  ];
}

/**
 * Makes a machine's disk: its own layer over the image's root, and its copy of the image's containerd folder.
 *
 * @param networkScript text of the script that gives the machine its address in each boot
 */
export async function makeDisk(folder: MachineFolder, spec: MachineSpec, networkScript: string): Promise<void> {
  for (const dir of [folder.upper, folder.work, folder.root, folder.kubelet]) {
    mkdirSync(dir);
    chmodSync(dir, 0o755);
  }
  for (const file of bornFiles(spec, randomBytes(16).toString("hex"), networkScript)) {
    makeFolder(folder.upper, dirname(file.path));
    const path = join(folder.upper, file.path);
    writeFileSync(path, file.content, { mode: file.mode });
    chmodSync(path, file.mode);
  }
  makeFolder(folder.upper, `${UNITS}/sysinit.target.wants`);
  symlinkSync("../machine-network.service", join(folder.upper, UNITS, "sysinit.target.wants/machine-network.service"));
  await copyContainerd(join(spec.image, "containerd"), folder.containerd);
}

/** A folder of the upper layer hides the mode of the image's folder, so it must have the same one. */
function makeFolder(upper: string, path: string): void {
  if (path === "/" || existsSync(join(upper, path))) return;
  makeFolder(upper, dirname(path));
  const mode = PRIVATE_FOLDERS.includes(path) ? 0o700 : 0o755;
  mkdirSync(join(upper, path));
  chmodSync(join(upper, path), mode);
}

/**
 * Copies containerd's folder by hard links: what it stores is named by its digest and never written again. Its
 * databases are, so those are real copies.
 */
async function copyContainerd(from: string, to: string): Promise<void> {
  mkdirSync(to, { mode: 0o711 });
  if (!existsSync(from)) return;
  const linkable = statSync(from).dev === statSync(to).dev;
  await run("cp", [linkable ? "-al" : "-a", ...(linkable ? [] : ["--reflink=auto"]), `${from}/.`, to]);
  if (!linkable) return;
  const found = await run("find", [to, "-name", "snapshots", "-prune", "-o", "-name", "*.db", "-print0"]);
  for (const file of found.stdout.split("\0").filter(Boolean)) {
    copyFileSync(file, `${file}.copy`);
    chmodSync(`${file}.copy`, statSync(file).mode & 0o777);
    renameSync(`${file}.copy`, file);
  }
}

/** Removes a machine's folder or disk; never crosses into another file system. */
export async function removeFolder(...paths: string[]): Promise<void> {
  await run("rm", ["-rf", "--one-file-system", "--", ...paths]);
}
