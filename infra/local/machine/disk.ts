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

const BOOT_FOLDER = "/etc/ofwasm";

/** Started first thing in a boot; the machine has no address before. */
const BOOT_UNIT = `[Unit]
Description=Network and kernel interfaces of this machine
DefaultDependencies=no
Before=sysinit.target network-pre.target containerd.service kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${BOOT_FOLDER}/machine-boot.sh
`;

const SSHD_CONFIG = `HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UseDNS no
# Several runs may dial one machine at the same moment.
MaxStartups 100:30:200
`;

/** Units that need hardware, a console or a way to the outside, none of which a machine has. */
const MASKED_UNITS = [
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "console-getty.service",
  "dev-hugepages.mount",
  "dpkg-db-backup.timer",
  "fstrim.timer",
  "modprobe@configfs.service",
  "modprobe@drm.service",
  "modprobe@efi_pstore.service",
  "modprobe@fuse.service",
  "sys-kernel-config.mount",
  "sys-kernel-debug.mount",
  "sys-kernel-tracing.mount",
  "systemd-modules-load.service",
  "systemd-pstore.service",
];

/** What a new machine has on its disk beyond its image: name, address, keys, and the unit that sets it up. */
export function bornFiles(spec: MachineSpec, machineId: string, bootScript: string): BornFile[] {
  const { prefixLength } = parseCidr(spec.network);
  const plain = (path: string, content: string, mode = 0o644): BornFile => ({ path, content, mode });
  const line = (text: string): string => `${text.trimEnd()}\n`;
  return [
    plain("/etc/hostname", line(spec.name)),
    plain("/etc/hosts", `127.0.0.1 localhost\n::1 localhost\n${spec.address} ${spec.name}\n`),
    plain("/etc/machine-id", line(machineId), 0o444),
    plain("/etc/ssh/ssh_host_ed25519_key", line(spec.hostKey.privateKey), 0o600),
    plain("/etc/ssh/ssh_host_ed25519_key.pub", line(spec.hostKey.publicKey)),
    plain("/etc/ssh/sshd_config.d/10-ofwasm.conf", SSHD_CONFIG),
    plain("/root/.ssh/authorized_keys", line(spec.authorizedKey), 0o600),
    plain(`${BOOT_FOLDER}/network.conf`, `${spec.address}/${prefixLength}\n${spec.gateway}\n`),
    plain(`${BOOT_FOLDER}/machine-boot.sh`, bootScript, 0o755),
    plain("/etc/systemd/system/ofwasm-machine.service", BOOT_UNIT),
    // The image's caches are complete: tell systemd not to make them again on the first boot.
    plain("/etc/.updated", ""),
    plain("/var/.updated", ""),
  ];
}

/** Links that a new machine has: the unit that is on, the units that are off. */
export function bornLinks(): { path: string; target: string }[] {
  const units = "/etc/systemd/system";
  return [
    { path: `${units}/sysinit.target.wants/ofwasm-machine.service`, target: "../ofwasm-machine.service" },
    ...MASKED_UNITS.map((unit) => ({ path: `${units}/${unit}`, target: "/dev/null" })),
  ];
}

/**
 * Makes a machine's disk: its own layer over the image's root, and its copy of the image's containerd folder.
 *
 * @param bootScript text of the script that the machine runs first in each boot
 */
export async function makeDisk(folder: MachineFolder, spec: MachineSpec, bootScript: string): Promise<void> {
  for (const dir of [folder.upper, folder.work, folder.root, folder.kubelet]) {
    mkdirSync(dir);
    chmodSync(dir, 0o755);
  }
  for (const file of bornFiles(spec, randomBytes(16).toString("hex"), bootScript)) {
    makeFolder(folder.upper, dirname(file.path));
    const path = join(folder.upper, file.path);
    writeFileSync(path, file.content, { mode: file.mode });
    chmodSync(path, file.mode);
  }
  for (const link of bornLinks()) {
    makeFolder(folder.upper, dirname(link.path));
    symlinkSync(link.target, join(folder.upper, link.path));
  }
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
