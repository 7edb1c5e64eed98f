#!/bin/bash
# What cloud-init runs, once for each instance: puts the bootstrap's files down, has systemd run it and waits for the
# end. The files follow this text, each as a call of put_file. A boot in the middle of it goes on by itself: the unit is
# enabled before it starts, and cloud-init, which runs nothing twice, is not needed any more.
set -euo pipefail
export LC_ALL=C

DIR=/var/lib/ofwasm/bootstrap
UNIT=ofwasm-bootstrap.service

# What an image brings along of another instance's bootstrap says nothing about this one.
rm -rf "$DIR"
mkdir -p "$DIR"
chmod 0700 "$DIR"

put_file() { # FILE: its content on standard input
  mkdir -p "${1%/*}"
  cat >"$1"
  sync "$1" "${1%/*}"
}

# The exit code is what cloud-init reports.
activate() {
  systemctl daemon-reload
  systemctl enable "$UNIT"
  systemctl restart "$UNIT" || {
    printf 'error: this machine is not ready for WebAssembly; see %s/status and journalctl -u %s\n' "$DIR" "$UNIT" >&2
    exit 1
  }
}
