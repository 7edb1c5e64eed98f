/** What the base of every local machine is made of. */
export interface BasePlan {
  /** Debian suite. */
  suite: string;
  packages: readonly string[];
  /** Address of the Debian mirror. Default: debootstrap's own choice. */
  mirror?: string;
}

/**
 * Debian's current stable suite and what an operator would have installed before they asked for Kubernetes.
 *
 * No crun and no WasmEdge on purpose: bringing those is what the runtime component is for, here as on any VM.
 */
export const BASE: BasePlan = {
  suite: "trixie",
  packages: [
    "ca-certificates",
    "conntrack",
    "containerd",
    "containernetworking-plugins",
    "curl",
    "dbus",
    "ethtool",
    "iproute2",
    "iptables",
    "kmod",
    "nftables",
    "openssh-server",
    "procps",
    "socat",
    "sudo",
    "systemd",
    "systemd-sysv",
  ],
};

/** What crun is compiled with, wherever that is. */
export const CRUN_BUILD_PACKAGES = [
  "gcc",
  "libc6-dev",
  "libcap-dev",
  "libseccomp-dev",
  "libsystemd-dev",
  "libyajl-dev",
  "make",
  "pkgconf",
] as const;

/** The base of a machine that compiles crun itself. */
export const BUILD_BASE: BasePlan = { ...BASE, packages: [...BASE.packages, ...CRUN_BUILD_PACKAGES, "python3"] };

/** Packages that this host needs for making the image. */
export const HOST_PACKAGES = ["debootstrap", "debian-archive-keyring", "gcc", "libc6-dev"] as const;

/** Folders that machines do without; dpkg is told so too, for what is installed later. */
export const TRIMMED = [
  "usr/share/info",
  "usr/share/lintian",
  "usr/share/locale",
  "usr/share/man",
  "var/cache/apt/archives",
  "var/cache/debconf",
  "var/lib/apt/lists",
  "var/log",
] as const;

/**
 * Units that would only cost time: consoles that nobody sees, timers that change a machine behind its
 * owner's back, hardware that is not there, caches that the image brings complete.
 */
export const MASKED_UNITS = [
  "apt-daily-upgrade.timer",
  "apt-daily.timer",
  "console-getty.service",
  "dev-hugepages.mount",
  "dpkg-db-backup.timer",
  "fstrim.timer",
  "getty.target",
  "kmod-static-nodes.service",
  "ldconfig.service",
  "modprobe@.service",
  "proc-sys-fs-binfmt_misc.automount",
  "sshd-keygen.service",
  "sys-fs-fuse-connections.mount",
  "sys-kernel-config.mount",
  "sys-kernel-debug.mount",
  "sys-kernel-tracing.mount",
  "systemd-ask-password-console.path",
  "systemd-ask-password-wall.path",
  "systemd-binfmt.service",
  "systemd-firstboot.service",
  "systemd-hibernate-clear.service",
  "systemd-journal-catalog-update.service",
  "systemd-journal-flush.service",
  "systemd-machine-id-commit.service",
  "systemd-modules-load.service",
  "systemd-pstore.service",
  "systemd-random-seed.service",
  "systemd-sysusers.service",
  "systemd-tmpfiles-clean.timer",
  "systemd-tpm2-setup-early.service",
  "systemd-tpm2-setup.service",
  "systemd-update-done.service",
  "systemd-user-sessions.service",
] as const;

/** Units that are not started at boot but stay for who calls them: `systemctl poweroff` asks logind. */
export const ON_DEMAND_UNITS = ["systemd-logind.service"] as const;

/**
 * debootstrap's arguments for making `root`.
 *
 * @param packageCache folder that keeps downloaded packages for the next time
 */
export function debootstrapArguments(plan: BasePlan, root: string, packageCache: string): string[] {
  return [
    "--variant=minbase",
    `--cache-dir=${packageCache}`,
    `--include=${[...plan.packages].sort().join(",")}`,
    plan.suite,
    root,
    ...(plan.mirror ? [plan.mirror] : []),
  ];
}

/** What to tell the user of a line that debootstrap prints: `I: Unpacking curl...` -> `Unpacking curl`. */
export function debootstrapProgress(line: string): string | undefined {
  return /^I: (.*?)\.*$/.exec(line)?.[1];
}
