#!/bin/bash
# shellcheck source-path=SCRIPTDIR
# Runs in a pod on every node and changes the node's machine by the very transaction that other machines get over SSH.
#
# One node at a time: pods queue for a Lease. The first node goes alone, and the others after its proof. A node that
# fails stops the roll: its pod ends with the reason, no other begins, and what runs keeps running. Each pod is ready
# when its node is what is wanted; a node that joins later is brought there by its own pod.
#
# Files in DELIVERY: inputs (key=value lines, never evaluated), transaction (the machine's script with its inputs).
set -euo pipefail
# shellcheck source=../../remote/scripts/inputs.sh
source "${BASH_SOURCE%/*}/../../remote/scripts/inputs.sh"
# shellcheck source=api.sh
source "${BASH_SOURCE%/*}/api.sh"
# shellcheck source=lease.sh
source "${BASH_SOURCE%/*}/lease.sh"
# shellcheck source=node.sh
source "${BASH_SOURCE%/*}/node.sh"

readonly DELIVERY=${DELIVERY:-/delivery} RUN_DIR=${RUN_DIR:-/run/ofwasm} TERMINATION=${TERMINATION:-/dev/termination-log}

# How often a pod asks, in seconds: one that waits for its turn, and one that has nothing to do.
readonly WAIT_SECONDS=2 IDLE_SECONDS=10

LEAVING=false
KEEPER=""
SAID=""

# What is said again and again is printed once.
say() {
  [[ $* != "$SAID" ]] || return 0
  SAID=$*
  printf '%s %s\n' "$(date -u +%FT%TZ)" "$*" >&2
}

# A pod that is to go goes here, never in the middle of a transaction.
pause() { # SECONDS
  if [[ $LEAVING == false ]]; then
    sleep "$1" &
    wait "$!" || true
  fi
  [[ $LEAVING == false ]] || exit 0
}

target() { if [[ ${LEASE[wanted]} == absent ]]; then printf absent; else printf '%s' "$GENERATION"; fi; }

await_turn() { # TARGET; fails when something else is wanted by now
  while true; do
    if ! read_lease; then
      say "the Lease ${INPUT[lease]} cannot be read (HTTP $STATUS)"
    elif [[ $(target) != "$1" ]]; then
      return 1
    elif hindrance "$1"; then
      say "waiting: $REPLY"
    elif take_turn; then
      return 0
    else
      say "waiting: node ${LEASE[holderIdentity]:-(none)} has its turn"
    fi
    # Not all at the same moment.
    pause "$WAIT_SECONDS.$((RANDOM % 10))"
  done
}

# After a roll-back or a payload that did not pass, trying again costs the machine a restart each time.
refuse_repetition() { # TARGET
  [[ ${LEASE[stopped]} == "$1" && ${LEASE[stopped-pod]} == "$POD_UID" && ${LEASE[stopped-code]} =~ ^(20|30|40)$ ]] || return 0
  give_up "${LEASE[stopped-code]}" "${LEASE[stopped-reason]}"
}

give_up() { # CODE REASON
  local advice="the kubelet starts this pod again, which tries again"
  if [[ $1 =~ ^(20|30|40)$ ]]; then advice="mend the node, then delete pod $POD_NAME to have it tried again"; fi
  # What the kubelet shows as the reason, and this program's user with it.
  printf 'node %s: %s (%s)' "$NODE_NAME" "$2" "$advice" >"$TERMINATION"
  say "node $NODE_NAME: $2 ($advice)"
  exit "$1"
}

# All findings of a refusal, or the error that ended the run.
reason_in() { # LOG
  local line findings="" error=""
  while IFS= read -r line; do
    case $line in
      "- "*) findings+="${findings:+; }${line#- }" ;;
      "error: "*) error=${line#error: } ;;
    esac
  done <"$1"
  REPLY=${error:-$findings}
  REPLY=${REPLY:-the script ended without a reason, see the log of pod $POD_NAME}
}

warn_cluster() { # REASON
  local message
  json_text "node $NODE_NAME: $1"
  message=$REPLY
  json_text "$POD_NAME"
  api POST "/api/v1/namespaces/$NAMESPACE/events" "$(printf '{"metadata":{"generateName":"node-runtime-"},"type":"Warning","reason":"NodeRuntimeFailed","message":%s,"firstTimestamp":"%s","lastTimestamp":"%s","count":1,"source":{"component":"ofwasm"},"involvedObject":{"apiVersion":"v1","kind":"Pod","namespace":"%s","name":%s,"uid":"%s"}}' \
    "$message" "$(date -u +%FT%TZ)" "$(date -u +%FT%TZ)" "$NAMESPACE" "$REPLY" "$POD_UID")" || true
}

# The turn is ours.
work() { # TARGET
  local verb=apply code=0
  [[ $1 != absent ]] || verb=delete
  keep_turn &
  KEEPER=$!
  # A runtime that is there goes on taking pods. Where it is not (a machine made anew under its old name, a file of
  # containerd's that somebody wrote anew), the mark of its proof would send them to what does not run them.
  if [[ $verb == apply ]] && runtime_is_there; then mark_touched; else unmark_proved; fi
  say "$verb on node $NODE_NAME"
  transaction "$verb" 2>&1 >"$RUN_DIR/result" | tee "$RUN_DIR/log" >&2 || code=${PIPESTATUS[0]}
  if [[ $code == 0 ]]; then
    if [[ $verb == apply ]]; then mark_proved "$RUN_DIR/result"; else mark_given_back; fi
  elif [[ $code == 40 ]]; then
    # Not even the roll-back left a runtime that runs.
    unmark_proved
  fi
  stop_keeping
  if [[ $code == 0 ]]; then
    went_well "$1"
    return
  fi
  reason_in "$RUN_DIR/log"
  local reason=$REPLY
  stopped_here "$1" "$code" "$reason"
  warn_cluster "$reason"
  give_up "$code" "$reason"
}

stop_keeping() {
  [[ -n $KEEPER ]] || return 0
  kill "$KEEPER" 2>/dev/null || true
  wait "$KEEPER" 2>/dev/null || true
  KEEPER=""
}

main() {
  local wanted reached=""
  read_inputs lease lease_seconds prefix selector payload label label_value <"$DELIVERY/inputs"
  trap 'LEAVING=true' TERM INT
  trap stop_keeping EXIT
  rm -f "$RUN_DIR/ready"
  while true; do
    if read_lease; then
      wanted=$(target)
      if [[ $wanted != "$reached" ]]; then
        rm -f "$RUN_DIR/ready"
        refuse_repetition "$wanted"
        if [[ $wanted == "$GENERATION" ]] && is_current; then
          say "node $NODE_NAME has generation $GENERATION already"
        elif await_turn "$wanted"; then
          work "$wanted"
          say "node $NODE_NAME: done"
        else
          continue
        fi
        reached=$wanted
        : >"$RUN_DIR/ready"
      fi
    else
      say "the Lease ${INPUT[lease]} cannot be read (HTTP $STATUS)"
    fi
    pause "$IDLE_SECONDS"
  done
}

main
