#!/bin/sh
# Runs once, before anything that uses cgroups or kernel settings. Machines share the host's kernel: what is
# theirs becomes writable, what is the host's is covered by plain files, so that the host never changes.
set -eu

# Each legacy cgroup hierarchy is mounted read-only, though its root here is the machine's own subtree.
while read -r _ target type options _; do
  case "$type:,$options," in
    cgroup:*,ro,* | cgroup2:*,ro,*) mount -o remount,rw,bind "$target" ;;
  esac
done </proc/self/mounts

# The kubelet insists on writing these. A writable one is this machine's own and stays as it is.
covers=/run/machine-prepare
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \
  kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  file=/proc/sys/$setting
  [ -e "$file" ] || continue
  if grep -q "^[^ ]* $file " /proc/self/mounts || [ -w "$file" ]; then continue; fi
  mkdir -p "$covers/${setting%/*}"
  cat "$file" >"$covers/$setting"
  mount --bind "$covers/$setting" "$file"
done

# Volumes mounted below a pod's folder must reach the containers that were started before.
mount --make-rshared /
