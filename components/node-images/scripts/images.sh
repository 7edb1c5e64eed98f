#!/bin/bash
# Puts one image into containerd from an archive on this machine, or takes it out. Verbs: up, down.
# Inputs as key=value lines on standard input: archive, reference, digest, socket.
set -euo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Containerd may be in the middle of a restart.
DAEMON_DEADLINE_SECONDS=30

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

declare -A INPUT=()

read_inputs() {
  local line key
  while IFS= read -r line || [[ -n $line ]]; do
    INPUT[${line%%=*}]=${line#*=}
  done
  for key in archive reference digest socket; do
    [[ -n ${INPUT[$key]:-} ]] || die "input \"$key\" is missing"
  done
}

ctr() { command ctr --address "${INPUT[socket]}" --namespace k8s.io "$@"; }

wait_for_daemon() {
  local deadline=$((SECONDS + DAEMON_DEADLINE_SECONDS))
  until ctr version >/dev/null 2>&1; do
    ((SECONDS < deadline)) || die "containerd does not answer on ${INPUT[socket]} within $DAEMON_DEADLINE_SECONDS s; see: journalctl -u containerd"
    sleep 0.1
  done
}

# The digest that the name stands for, or nothing.
present() { ctr images list "name==${INPUT[reference]}" | awk 'NR > 1 { print $3 }'; }

image_up() {
  [[ $(present) == "${INPUT[digest]}" ]] && return
  [[ -r ${INPUT[archive]} ]] || die "image archive ${INPUT[archive]} is not on this machine; run up again to copy it"
  ctr images import "${INPUT[archive]}" >&2
  [[ $(present) == "${INPUT[digest]}" ]] || die "image ${INPUT[reference]} in ${INPUT[archive]} is $(present), expected ${INPUT[digest]}"
  # There is no registry to pull it from again, so the kubelet must not remove it to make room.
  ctr images label "${INPUT[reference]}" io.cri-containerd.image=managed io.cri-containerd.pinned=pinned >/dev/null
}

main() {
  read_inputs
  wait_for_daemon
  case ${1:-up} in
    up) image_up ;;
    down)
      ctr images remove "${INPUT[reference]}" >/dev/null
      rm -f -- "${INPUT[archive]}"
      ;;
    *) die "verb \"$1\" is unknown; it is up or down" ;;
  esac
}

main "$@"
