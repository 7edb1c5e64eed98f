#!/bin/sh
# Keeps one machine: starts its nspawn, and starts it again when the machine reboots. Runs in a mount namespace of
# its own, so the overlay below is never seen by the host and is gone with the machine's last process.
# Usage: launch.sh FOLDER IMAGE_ROOT CGROUPS COMMAND…
#   CGROUPS         folders, one a line
#   standard input  one line when everything is recorded
set -eu

folder=$1
image_root=$2
cgroups=$3
shift 3

# The maker records this process, then says go. If it dies first this ends here and nothing has happened.
read -r go && [ "$go" = go ] || exit 1
exec <"/dev/null"

cd "$folder"
mount -t overlay ofwasm-machine -o "lowerdir=$image_root,upperdir=upper,workdir=work" root

# nspawn takes this as: power the machine off.
child=
trap '[ -z "$child" ] || kill -TERM "$child" || true' TERM

# How nspawn says that its machine wants to boot again.
reboot=133

while :; do
  (
    trap - TERM
    # The machine's cgroups hold the machine only; this script stays where it was started.
    self=$(exec sh -c 'echo "$PPID"')
    echo "$cgroups" | while read -r cgroup; do
      # What the boot before left is empty by now.
      find "$cgroup" -mindepth 1 -depth -type d -exec rmdir {} + || true
      echo "$self" >"$cgroup/cgroup.procs"
    done
    exec "$@"
  ) &
  child=$!
  status=0
  # A signal ends the wait but not the machine.
  while kill -0 "$child" 2>/dev/null; do
    status=0
    wait "$child" || status=$?
  done
  child=
  [ "$status" -eq "$reboot" ] || exit "$status"
done
