import { stringify } from "yaml";
import type { KeyPair } from "../spec";

/** Who logs in to the machines; one name on every image, whatever its own user is called. */
export const LOGIN_USER = "ofwasm";

/** Most bytes of user-data that EC2 takes, before base64. */
export const MAX_USER_DATA = 16_384;

/** What a machine is told at its first boot. */
export interface BirthSettings {
  /** Its host name. */
  name: string;
  /** The machine answers SSH with this key from birth. */
  hostKey: KeyPair;
  /** Who may log in, one line of authorized_keys. */
  authorizedKey: string;
  /** What it is for: nodes get containerd and what kubeadm asks for. */
  use: "node" | "bastion";
}

/** Debian's and Ubuntu's; kubeadm's preflight asks for all but the first. */
const NODE_PACKAGES = ["containerd", "iptables", "curl", "openssl"];

/** Pods' cgroups are systemd's, as the kubelet's are. Containerd 2 reads this schema too. */
const CONTAINERD_CONFIG = `version = 2

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
`;

/**
 * A machine's user-data: cloud-init writes host key and login before sshd starts, so the machine is known from the
 * first byte that it answers.
 *
 * Holds the private host key, so it is a secret as a whole.
 *
 * @throws when it is larger than EC2 takes
 */
export function birthData(settings: BirthSettings): string {
  const { name, hostKey, authorizedKey, use } = settings;
  const text = `#cloud-config\n${stringify(
    {
      hostname: name,
      ssh_deletekeys: true,
      ssh_keys: { ed25519_private: withNewline(hostKey.privateKey), ed25519_public: hostKey.publicKey },
      ssh_pwauth: false,
      disable_root: true,
      users: [
        {
          name: LOGIN_USER,
          shell: "/bin/bash",
          lock_passwd: true,
          ssh_authorized_keys: [authorizedKey],
          // A bastion is passed through; nothing is done on it.
          ...(use === "node" ? { sudo: "ALL=(ALL) NOPASSWD:ALL" } : {}),
        },
      ],
      ...(use === "node" ? NODE_BIRTH : {}),
    },
    { lineWidth: 0 },
  )}`;
  if (text.length > MAX_USER_DATA)
    throw new Error(`user-data of ${name}: ${text.length} bytes, and EC2 takes ${MAX_USER_DATA}`);
  return text;
}

const NODE_BIRTH = {
  package_update: true,
  packages: NODE_PACKAGES,
  write_files: [
    // After the packages: in the package's folder, and over its own file without a question.
    { path: "/etc/containerd/config.toml", content: CONTAINERD_CONFIG, permissions: "0644", defer: true },
  ],
  runcmd: [["systemctl", "restart", "containerd"]],
};

/** OpenSSH reads no key whose last line does not end. */
const withNewline = (text: string): string => `${text.trimEnd()}\n`;
