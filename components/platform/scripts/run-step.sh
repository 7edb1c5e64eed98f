#!/bin/bash
# Runs one step of a build and tells what it left in the folder of results, as Tekton's entrypoint does: a line
# NAME=VALUE for each in the container's termination message. Ends as the step ended.
#
# run-step.sh RESULTS TERMINATION_MESSAGE COMMAND ARGUMENT…
set -euo pipefail

main() {
  local results=$1 message=$2 status=0
  shift 2
  "$@" || status=$?
  tell "$results" >"$message"
  exit "$status"
}

tell() { # RESULTS
  local file value
  for file in "$1"/*; do
    [[ -f $file ]] || continue
    # A line each, whatever is in the file; the message has room for 4096 bytes.
    value=$(tr '\n' ' ' <"$file")
    printf '%s=%s\n' "${file##*/}" "${value:0:1000}"
  done
}

main "$@"
