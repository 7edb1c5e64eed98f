#!/bin/sh
# Serves a registry to one user, whose name and password are files of a folder.
#
# serve.sh CREDENTIALS PASSWORD_LIST CONFIGURATION
set -eu
umask 077

credentials=$1 list=$2 configuration=$3

# A last line without an end is a line too.
IFS= read -r name <"$credentials/username" || [ -n "$name" ]
hash=$(mkpasswd --method=bcrypt --stdin <"$credentials/password")
printf '%s:%s\n' "$name" "$hash" >"$list"

exec docker-registry serve "$configuration"
