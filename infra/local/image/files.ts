import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { MASKED_UNITS, ON_DEMAND_UNITS } from "./packages";

/** A file of this folder and the place where a machine has it. */
export interface ConfigFile {
  source: string;
  target: string;
  mode?: number;
}

/** Everything that a machine has beyond its packages and binaries. */
export const CONFIG_FILES: readonly ConfigFile[] = [
  { source: "containerd-config.toml", target: "/etc/containerd/config.toml" },
  { source: "config/apt.conf", target: "/etc/apt/apt.conf.d/90machine" },
  { source: "config/crictl.yaml", target: "/etc/crictl.yaml" },
  { source: "config/journald.conf", target: "/etc/systemd/journald.conf.d/10-machine.conf" },
  { source: "config/kubelet.default", target: "/etc/default/kubelet" },
  { source: "config/sshd.conf", target: "/etc/ssh/sshd_config.d/10-machine.conf" },
  { source: "config/sysctl.conf", target: "/etc/sysctl.d/99-kubernetes.conf" },
  { source: "config/systemd.conf", target: "/etc/systemd/system.conf.d/10-machine.conf" },
  { source: "units/kubelet.service", target: "/usr/lib/systemd/system/kubelet.service" },
  { source: "units/10-kubeadm.conf", target: "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf" },
  { source: "units/20-machine.conf", target: "/usr/lib/systemd/system/kubelet.service.d/20-machine.conf" },
  { source: "units/machine-prepare.service", target: "/usr/lib/systemd/system/machine-prepare.service" },
  { source: "scripts/machine-prepare.sh", target: "/usr/local/libexec/machine-prepare", mode: 0o755 },
];

/** Folders that must be there, empty or not. */
export const FOLDERS = [
  "/etc/cni/net.d",
  "/etc/containerd/certs.d",
  "/etc/kubernetes/manifests",
  "/opt/cni/bin",
  "/var/lib/containerd",
  "/var/lib/kubelet",
];

/** Symbolic links below /etc/systemd/system: what is on, what is off, what the machine boots into. */
export function unitLinks(): { path: string; target: string }[] {
  const system = "/etc/systemd/system";
  const units = "/usr/lib/systemd/system";
  return [
    { path: `${system}/default.target`, target: `${units}/multi-user.target` },
    { path: `${system}/sysinit.target.wants/machine-prepare.service`, target: `${units}/machine-prepare.service` },
    { path: `${system}/multi-user.target.wants/kubelet.service`, target: `${units}/kubelet.service` },
    ...MASKED_UNITS.map((unit) => ({ path: `${system}/${unit}`, target: "/dev/null" })),
  ];
}

/** Absolute path of a file of this folder. */
export const recipeFile = (source: string): string => join(__dirname, source);

/** Everything that `writeConfig` writes, as an artifact's input. */
export function configInputs(): string[] {
  const files = CONFIG_FILES.map((file) => [file.target, file.mode, readFileSync(recipeFile(file.source), "utf8")]);
  return [JSON.stringify(files), JSON.stringify(unitLinks()), JSON.stringify([FOLDERS, ON_DEMAND_UNITS])];
}

/** Writes the files, folders and links into `root`. */
export function writeConfig(root: string): void {
  for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
  for (const { source, target, mode } of CONFIG_FILES) installFile(recipeFile(source), join(root, target), mode);
  for (const { path, target } of unitLinks()) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    rmSync(join(root, path), { force: true });
    symlinkSync(target, join(root, path));
  }
  for (const unit of ON_DEMAND_UNITS)
    rmSync(join(root, "usr/lib/systemd/system/multi-user.target.wants", unit), { force: true });
  // Tells systemd that what it would make on a first boot is there.
  for (const stamp of ["etc/.updated", "var/.updated"]) writeFileSync(join(root, stamp), "");
}

/** Copies a file with a mode of its own, whatever the umask and the source's mode are. Default mode: 0644. */
export function installFile(from: string, to: string, mode = 0o644): void {
  mkdirSync(dirname(to), { recursive: true });
  rmSync(to, { force: true });
  copyFileSync(from, to);
  chmodSync(to, mode);
}
