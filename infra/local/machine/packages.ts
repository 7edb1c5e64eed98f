/** Debian packages that this host needs for running machines. */
export const HOST_PACKAGES = ["iproute2", "systemd-container", "util-linux"] as const;
