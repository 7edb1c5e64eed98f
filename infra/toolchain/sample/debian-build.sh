#!/bin/sh
# Runs cargo of ROOT on the crate in SOURCES, which it sees read-only.
# Runs as the first process of mount and process namespaces of its own: its mounts end with it.
#   debian-build ROOT SOURCES TARGET CARGO_HOME ARGUMENT…
set -eu
root=$1
sources=$2
target=$3
cargo_home=$4
shift 4

mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$sources" "$root/src"
mount -o remount,ro,bind "$root/src"
mount --bind "$target" "$root/target"
mount --bind "$cargo_home" "$root/cargo"
# The names that this host can resolve today, not those of the day on which ROOT was made.
if [ -e /etc/resolv.conf ]; then
  touch "$root/etc/resolv.conf"
  mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
fi
exec chroot "$root" /bin/sh -c 'cd /src && exec /usr/bin/cargo "$@"' cargo "$@"
