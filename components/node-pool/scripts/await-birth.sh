#!/usr/bin/env bash
# Waits until cloud-init has done what the machine's user-data asked for, and says what went wrong.
set -euo pipefail

# Shorter than the program's own deadline, so that the reason is seen.
DEADLINE_SECONDS=480
OUTPUT=/var/log/cloud-init-output.log

fail() {
  printf 'error: %s\n' "$1" >&2
  [[ ! -r $OUTPUT ]] || { printf 'the end of %s:\n' "$OUTPUT" && tail -n 20 "$OUTPUT"; } >&2
  exit 1
}

await_birth() {
  local code=0
  timeout "$DEADLINE_SECONDS" cloud-init status --wait >/dev/null 2>&1 || code=$?
  # 2 is done with warnings, for one about a key that a newer cloud-init has another name for.
  case $code in
    0 | 2) ;;
    124) fail "cloud-init did not end within $DEADLINE_SECONDS s; look at the machine's console" ;;
    *) fail "cloud-init failed: $(cloud-init status --long 2>&1 | tr '\n' ' ')" ;;
  esac
  systemctl is-active --quiet containerd ||
    fail "containerd does not run; without a way to a package source (NAT gateway, mirror) it cannot be installed"
}

# The inputs that follow on standard input say nothing that is needed here.
await_birth
