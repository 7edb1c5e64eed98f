#!/bin/sh
# Becomes the supervisor of one machine; runs in a mount namespace of its own, so the overlay below is never
# seen by the host and is gone with the last process of the machine, however that ends.
# Usage: launch.sh FOLDER IMAGE_ROOT COMMAND…     standard input: one line when everything is recorded
set -eu

folder=$1
image_root=$2
shift 2

# The maker puts this process into the machine's cgroups and records it, then says go. If the maker dies first
# this ends here and nothing has happened.
read -r go && [ "$go" = go ] || exit 1

cd "$folder"
mount -t overlay ofwasm-machine -o "lowerdir=$image_root,upperdir=upper,workdir=work" root
exec "$@" <"/dev/null"
