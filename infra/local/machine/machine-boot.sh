#!/bin/sh
# Runs inside a machine, once per boot, before anything that needs a network or a container runtime.
# The file network.conf beside it holds: address/prefix, then gateway.
set -eu

{ read -r address && read -r gateway; } <"$(dirname "$0")/network.conf"
ip link set dev host0 up
ip address replace "$address" dev host0
ip route replace default via "$gateway"

# A kubelet manages its pods' cgroups: the machine's own part of each hierarchy is its to write.
for hierarchy in /sys/fs/cgroup/*/; do
  [ -e "$hierarchy/cgroup.procs" ] && mount -o remount,rw,bind "$hierarchy"
done

# A kubelet sets these kernel-wide values. They are the host's, and read-only here: give it files instead.
values=/run/ofwasm/sysctl
mkdir -p "$values"
while read -r name value; do
  file="$values/$(echo "$name" | tr / .)"
  echo "$value" >"$file"
  mount --bind "$file" "/proc/sys/$name"
done <<END
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END

# Volume mounts made by the kubelet must reach the containers.
mount --make-rshared /
