#!/bin/bash
# What cloud-init runs, once for each instance: puts the bootstrap's files down, has systemd run it and waits for the
# end. The files follow this text, each as a call of put_file, those for systemd first, and hold after them. A boot in
# the middle of it goes on by itself: the unit is enabled before it starts, and cloud-init, which runs nothing twice, is
# not needed any more.
set -euo pipefail
export LC_ALL=C

DIR=/var/lib/ofwasm/bootstrap
UNIT=ofwasm-bootstrap.service

put_file() { # FILE: its content on standard input
  mkdir -p "${1%/*}"
  cat >"$1"
  sync "$1" "${1%/*}"
}

# With the units in place and nothing for them to run, what is gated stays back however this script ends.
hold() {
  systemctl daemon-reload
  # What an image brings along of another instance's bootstrap says nothing about this one.
  rm -rf "$DIR"
  mkdir -p "$DIR"
  chmod 0700 "$DIR"
}

# The exit code is what cloud-init reports.
activate() {
  systemctl enable "$UNIT"
  systemctl restart "$UNIT" || {
    echo "error: not ready; see $DIR/status and journalctl -u $UNIT" >&2
    exit 1
  }
}
