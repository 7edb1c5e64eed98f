/** An ed25519 key pair in OpenSSH's forms. */
export interface KeyPair {
  privateKey: string;
  /** One line: `ssh-ed25519 AAAA…`. */
  publicKey: string;
}

/**
 * What a driver needs to make one machine: standard input of its `create`, as JSON. Holds a private key, so it
 * is a secret as a whole and never an argument.
 */
export interface MachineSpec {
  stack: string;
  name: string;
  address: string;
  /** The stack's network in CIDR form. */
  network: string;
  /** The host's address in that network. */
  gateway: string;
  /** Folder with `root/` (read-only root file system) and, when given, `containerd/` (its /var/lib/containerd). */
  image: string;
  /** The machine answers SSH with this key from birth. */
  hostKey: KeyPair;
  /** Who may log in as root, one line of authorized_keys. */
  authorizedKey: string;
  /** Most memory that the machine may use, MiB. Default: as much as the host has. */
  memoryMiB?: number;
  /** Most processors that the machine may use, fractions allowed. Default: all. */
  cpus?: number;
}

/** What a driver's `create` prints, one line of JSON. */
export interface MachineReport {
  name: string;
  address: string;
  /** Public host key that the machine really answered with. */
  hostKey: string;
  /** Process that stands for the machine on this host. */
  pid: number;
  /** Image that the machine was born from; a newer one is for machines to come. */
  image: string;
  /** Tells it from other machines that had or will have its name. */
  birth: string;
}
