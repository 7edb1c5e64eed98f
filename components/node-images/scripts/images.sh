#!/bin/bash
# Puts one image into containerd from an archive on this machine, or takes it out. Verbs: up, down.
# Inputs as key=value lines on standard input: archive, reference, digest, socket.
set -euo pipefail
# shellcheck source=../../remote/scripts/inputs.sh
source "${BASH_SOURCE%/*}/../../remote/scripts/inputs.sh"

# Containerd may be in the middle of a restart.
DAEMON_DEADLINE_SECONDS=30
# For one command: an import of some megabytes takes a second or two, and a daemon may hang instead of failing.
COMMAND_DEADLINE_SECONDS=120

ctr() { timeout "$COMMAND_DEADLINE_SECONDS" ctr --address "${INPUT[socket]}" --namespace k8s.io "$@"; }

wait_for_daemon() {
  local deadline=$((SECONDS + DAEMON_DEADLINE_SECONDS))
  until COMMAND_DEADLINE_SECONDS=5 ctr version >/dev/null 2>&1; do
    ((SECONDS < deadline)) || die "containerd does not answer on ${INPUT[socket]} within $DAEMON_DEADLINE_SECONDS s; see: journalctl -u containerd"
    sleep 0.1
  done
}

# The digest that the name stands for, or nothing.
present() { ctr images list "name==${INPUT[reference]}" | awk 'NR > 1 { print $3 }'; }

image_up() {
  [[ $(present) == "${INPUT[digest]}" ]] || import_image
  # There is no registry to pull it from again, so the kubelet must not remove it to make room. Also when it was
  # there: the run that imported it may have been killed before this.
  ctr images label "${INPUT[reference]}" io.cri-containerd.image=managed io.cri-containerd.pinned=pinned >/dev/null
}

import_image() {
  [[ -r ${INPUT[archive]} ]] || die "image archive ${INPUT[archive]} is not on this machine; run up again to copy it"
  ctr images import "${INPUT[archive]}" >&2
  [[ $(present) == "${INPUT[digest]}" ]] || die "image ${INPUT[reference]} in ${INPUT[archive]} is $(present), expected ${INPUT[digest]}"
}

# What is there under the image's name in any version, and the names by content that the CRI gave those; a line each:
# name and digest.
all_versions() {
  ctr images list | awk -v repository="${INPUT[reference]%:*}:" '
    NR > 1 { digest[$1] = $3 }
    END {
      for (name in digest) {
        if (index(name, repository) == 1) ours[digest[name]] = name
        else if (name !~ /^sha256:/) others[digest[name]] = name
      }
      for (name in digest) {
        by_content = name ~ /^sha256:/ && (digest[name] in ours) && !(digest[name] in others)
        if (index(name, repository) == 1 || by_content) print name, digest[name]
      }
    }'
}

# Versions before this one were kept for pods that might still use them.
image_down() {
  local name digest
  while read -r name digest; do
    ctr images remove "$name" >/dev/null
    rm -f -- ".ofwasm-image-${digest:7:16}.tar"
  done < <(all_versions)
  rm -f -- "${INPUT[archive]}"
}

main() {
  read_inputs archive reference digest socket
  wait_for_daemon
  case ${1:-up} in
    up) image_up ;;
    down) image_down ;;
    *) die "verb \"$1\" is unknown; it is up or down" ;;
  esac
}

main "$@"
