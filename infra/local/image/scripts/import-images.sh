#!/bin/sh
# Fills an empty containerd state folder with the images of a folder of OCI archives, by the containerd of ROOT.
# Runs as the first process of mount and process namespaces of its own: whatever happens, nothing stays behind.
#   import-images ROOT STATE IMAGES
set -eu
root=$1
state=$2
images=$3

mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/mnt"
mkdir "$root/mnt/images" "$root/mnt/log"
mount --bind "$images" "$root/mnt/images"
mount --bind "$state" "$root/var/lib/containerd"

ctr() { chroot "$root" ctr --namespace k8s.io "$@"; }

# Not through a function: $! must be containerd itself, so that it is asked to stop and not cut off.
chroot "$root" containerd --log-level warn &
containerd=$!
tries=0
until ctr version >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ] || ! kill -0 "$containerd" 2>/dev/null; then
    echo "containerd did not answer within 30 s; its messages are above" >&2
    exit 1
  fi
  sleep 0.1
done

for archive in "$images"/*.tar; do
  echo "importing ${archive##*/}"
  ctr images import "/mnt/images/${archive##*/}"
done
# A pinned image is never removed to make room: there may be no registry to pull it from again.
for name in $(ctr images list --quiet); do
  ctr images label "$name" io.cri-containerd.image=managed io.cri-containerd.pinned=pinned >/dev/null
done
ctr images check

kill -TERM "$containerd"
wait "$containerd"
