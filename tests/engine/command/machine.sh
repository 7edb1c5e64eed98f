#!/bin/sh
# Runs sshd in a root of its own: the host's files below, everything written on top in memory.
#
#   machine.sh FOLDER PACKAGES
#
# FOLDER holds sshd_config, host_key and authorized_keys and is the same path inside; PACKAGES is a folder of
# unpacked Debian packages that the host may lack. Runs in its own mount and process namespace, where
# everything ends with it.
set -eu

folder=$1 packages=$2
memory=$folder/memory
mkdir -p "$memory"
mount -t tmpfs -o mode=0755 tmpfs "$memory"
mkdir "$memory/upper" "$memory/work" "$memory/root"
root=$memory/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$memory/upper,workdir=$memory/work" "$root"
tar -C "$packages" -c . | tar -x -C "$root" --keep-directory-symlink
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
# What the host's root user starts in every shell is none of the machine's.
mount -t tmpfs -o mode=0700 tmpfs "$root/root"
mkdir -p "$root$folder" "$root/run/sshd" "$root/home/worker" "$root/etc/sudoers.d"
mount --bind "$folder" "$root$folder"

grep -q ^sshd: "$root/etc/passwd" || echo 'sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin' >>"$root/etc/passwd"
echo 'worker:x:64998:64998::/home/worker:/bin/sh' >>"$root/etc/passwd"
echo 'worker:*:20000:0:99999:7:::' >>"$root/etc/shadow"
echo 'worker:x:64998:' >>"$root/etc/group"
chown 64998:64998 "$root/home/worker"
# A user whom sudo asks: the password is "a word of its own".
echo 'asked:x:64997:64997::/home/asked:/bin/sh' >>"$root/etc/passwd"
# shellcheck disable=SC2016 # that is how a hash is written
echo 'asked:$6$ofwasm$J/47wm7Y2SaXDbujbn.pyfj8fIhPDBvp3gnHxK05C6zPNqLGND5Q3JhS90o9R4BkC5JPDfQsh/k/8nPNPa0Y11:20000:0:99999:7:::' >>"$root/etc/shadow"
echo 'asked:x:64997:' >>"$root/etc/group"
mkdir "$root/home/asked"
chown 64997:64997 "$root/home/asked"
echo 'asked ALL=(ALL) ALL' >"$root/etc/sudoers.d/zz-asked"
chmod 0440 "$root/etc/sudoers.d/zz-asked"
# The host's own sudo rules may ask for a password.
echo 'worker ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/zz-worker"
chmod 0440 "$root/etc/sudoers.d/zz-worker"
exec chroot "$root" /usr/sbin/sshd -D -e -f "$folder/sshd_config"
