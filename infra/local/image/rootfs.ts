import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../process";
import type { ProduceContext } from "../../toolchain/store";
import { missingCertificates } from "./certificates";
import { runInRoot } from "./confined";
import { installFile, writeConfig } from "./files";

/** What a machine's root gets on top of the base. */
export interface RootParts {
  /** Folder of the base's root. */
  base: string;
  /** Command name -> file on this host; they go to /usr/bin. */
  commands: Readonly<Record<string, string>>;
  /** Certificates that machines must trust beyond the distribution's, as PEM text. */
  certificates: string;
}

/** Makes a machine's root in `root`, which must not exist. */
export async function makeRoot(root: string, parts: RootParts, { log, step, signal }: ProduceContext): Promise<void> {
  step.update("copying the base");
  await run("cp", ["-a", "--reflink=auto", parts.base, root], { log, signal });
  step.update("configuring");
  writeConfig(root);
  for (const [name, file] of Object.entries(parts.commands)) installFile(file, join(root, "usr/bin", name), 0o755);
  linkNetworkPlugins(root);
  forgetIdentity(root);
  await trustCertificates(root, parts.certificates, log, signal);
}

/** Debian keeps the CNI plugins elsewhere than Kubernetes' add-ons look; hard links serve both. */
function linkNetworkPlugins(root: string): void {
  const from = join(root, "usr/lib/cni");
  const to = join(root, "opt/cni/bin");
  for (const name of readdirSync(from)) linkSync(join(from, name), join(to, name));
}

/** A machine gets its identity when it is born: nothing that two of them could share stays. */
function forgetIdentity(root: string): void {
  const ssh = join(root, "etc/ssh");
  for (const name of readdirSync(ssh)) if (name.startsWith("ssh_host_")) rmSync(join(ssh, name));
  for (const file of ["etc/hostname", "var/lib/systemd/random-seed", "var/lib/dbus/machine-id"])
    rmSync(join(root, file), { force: true });
  writeFileSync(join(root, "etc/machine-id"), "");
  // Empty, not absent: without the file a kubelet starts no pod at all.
  writeFileSync(join(root, "etc/resolv.conf"), "");
}

async function trustCertificates(root: string, wanted: string, log: string, signal?: AbortSignal): Promise<void> {
  const present = readFileSync(join(root, "etc/ssl/certs/ca-certificates.crt"), "utf8");
  const missing = missingCertificates(wanted, present);
  if (missing.length === 0) return;
  const local = join(root, "usr/local/share/ca-certificates");
  mkdirSync(local, { recursive: true });
  for (const { name, pem } of missing) writeFileSync(join(local, name), pem);
  await runInRoot(root, ["update-ca-certificates"], { log, signal });
}
