#!/bin/bash
# Makes a machine ready for WebAssembly without anybody logging in: fetches what is pinned, runs the runtime's transaction,
# joins a cluster where a hook is given, and marks its node. systemd runs it at every boot; with nothing to do it only looks.
#
#   bootstrap.sh run | report     in the folder with its files: inputs, transaction.sh, transaction.inputs and perhaps join.sh
#
# run      each step may be killed and is done again by the next run; one that is done does nothing.
# report   run by systemd when run did not succeed, however it ended: writes the status file, tells the group.
#
# Inputs: download_N (SHA-256, name, region for signing or "-", URL), deadline_seconds, imds (address of the metadata
# service), node_labels (for the hook), node_mark (patch of the node; %crun% and such stand for what was proved),
# lifecycle_group and lifecycle_hook with lifecycle_region.
#
# The status file has one line of JSON: state (running, ready, failed), step, reason, runtime.
# shellcheck source-path=SCRIPTDIR
# shellcheck source=../../node-runtime/scripts/common.sh
source "${BASH_SOURCE%/*}/../../node-runtime/scripts/common.sh"
# shellcheck source=fetch.sh
source "${BASH_SOURCE%/*}/fetch.sh"
# shellcheck source=node-mark.sh
source "${BASH_SOURCE%/*}/node-mark.sh"

run() {
  step download
  download_all
  step runtime
  apply_runtime
  step join
  join_cluster
  step mark
  if [[ -n $(input node_mark) ]]; then mark_node; fi
  write_status "\"state\":\"ready\",\"runtime\":$(cat result)"
  signal_group CONTINUE
}

# What a report says when there is nobody left to ask.
step() { # NAME
  printf '%s\n' "$1" >step
  write_status "\"state\":\"running\",\"step\":$(json_text "$1")"
  note "step $1"
}

write_status() { # JSON_MEMBERS
  replace_file status <<<"{$1,\"at\":\"$(date -u +%FT%TZ)\"}"
}

# The text is the one that a connection would carry, its inputs included.
apply_runtime() {
  local code=0
  bash -s apply < <(cat transaction.sh transaction.inputs) >result.new || code=$?
  [[ $code == 0 ]] || die "$code" "the runtime's transaction failed with exit code $code, for the reason above"
  mv result.new result
}

# Only after the proof. The hook is run again after a boot in the middle of it, and not once it has succeeded.
join_cluster() {
  if [[ ! -e join.sh || -e joined ]]; then return 0; fi
  OFWASM_NODE_LABELS=$(input node_labels) bash join.sh >&2 ||
    die "$EXIT_REFUSED" "the join hook failed with exit code $?"
  : >joined
}

report() {
  local reason
  [[ ${SERVICE_RESULT-} != success ]] || return 0
  reason=$(journalctl "_SYSTEMD_INVOCATION_ID=${INVOCATION_ID-}" -o cat --no-pager | sed -n 's/^error: //p' | tail -n 1) || true
  if [[ ${SERVICE_RESULT-} == timeout ]]; then reason="not done within $(input deadline_seconds) s"; fi
  reason=${reason:-"ended by ${SERVICE_RESULT-nobody}, ${EXIT_STATUS-}"}
  write_status "\"state\":\"failed\",\"step\":$(json_text "$(cat step)"),\"reason\":$(json_text "$reason")"
  note "WebAssembly is not ready on this machine: $reason"
  signal_group ABANDON
}

main() {
  case ${1-} in
    run | report)
      read_pairs INPUT <inputs
      "$1"
      ;;
    *) die "$EXIT_USAGE" "give run or report as the argument" ;;
  esac
}

main "$@"
