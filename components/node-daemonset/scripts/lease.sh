# shellcheck shell=bash
# The queue: who holds the Lease changes its node, and nobody else does. What stopped a roll is an annotation on it.

declare -A LEASE=()

# What was last seen of another holder, and since when: clocks of other nodes are not asked.
SEEN=""
SEEN_SINCE=0

lease_path() { printf '/apis/coordination.k8s.io/v1/namespaces/%s/leases/%s' "$NAMESPACE" "${INPUT[lease]}"; }

read_lease() {
  local key
  LEASE=()
  api GET "$(lease_path)" || return 1
  for key in resourceVersion holderIdentity renewTime; do
    text_of "$key"
    LEASE[$key]=$REPLY
  done
  for key in wanted opened stopped stopped-node stopped-pod stopped-code stopped-reason; do
    text_of "${INPUT[prefix]}$key"
    LEASE[$key]=$REPLY
  done
}

# Writes only if nobody else wrote since `read_lease`.
write_lease() { # SPEC ANNOTATIONS, both as members of JSON
  merge "$(lease_path)" \
    "{\"metadata\":{\"resourceVersion\":\"${LEASE[resourceVersion]}\",\"annotations\":{$2}},\"spec\":{$1}}"
}

now() { date -u +%FT%T.%6NZ; }

held() {
  json_text "$NODE_NAME"
  printf '"holderIdentity":%s,"leaseDurationSeconds":%s,"renewTime":"%s"' "$REPLY" "${INPUT[lease_seconds]}" "$(now)"
}

# Takes the turn when it is free, ours already (this pod was started again), or its holder is dead.
take_turn() {
  local holder=${LEASE[holderIdentity]} seen="${LEASE[holderIdentity]} ${LEASE[renewTime]}"
  if [[ -n $holder && $holder != "$NODE_NAME" ]]; then
    if [[ $seen != "$SEEN" ]]; then
      SEEN=$seen SEEN_SINCE=$SECONDS
    fi
    ((SECONDS - SEEN_SINCE > INPUT[lease_seconds])) || return 1
    say "node $holder has not renewed its turn for ${INPUT[lease_seconds]} s, this node takes it over"
  fi
  write_lease "$(held),\"acquireTime\":\"$(now)\"" ""
}

# Runs beside the work until it is killed.
keep_turn() {
  while sleep "$((INPUT[lease_seconds] / 5 + 1))"; do
    if read_lease && [[ ${LEASE[holderIdentity]} == "$NODE_NAME" ]]; then write_lease "$(held)" "" || true; fi
  done
}

# Ends the turn and says what came of it: again until it is written, for the others wait for it.
end_turn() { # ANNOTATIONS
  local spec
  while true; do
    if read_lease; then
      spec='"holderIdentity":null,"renewTime":null,"acquireTime":null'
      # Taken over: what happened here is true all the same.
      [[ ${LEASE[holderIdentity]} == "$NODE_NAME" ]] || spec=""
      if write_lease "$spec" "$1"; then return; fi
    fi
    say "what came of this node's turn cannot be written yet (HTTP $STATUS); trying again"
    sleep 1
  done
}

# Annotations of a roll that goes on.
going_on() {
  local key
  for key in stopped stopped-node stopped-pod stopped-code stopped-reason; do
    printf '"%s%s":null,' "${INPUT[prefix]}" "$key"
  done
}

went_well() { # TARGET
  local annotations
  annotations=$(going_on)
  if [[ $1 == absent ]]; then end_turn "${annotations%,}"; else end_turn "$annotations\"${INPUT[prefix]}opened\":\"$1\""; fi
}

stopped_here() { # TARGET CODE REASON
  local reason node
  json_text "$3"
  reason=$REPLY
  json_text "$NODE_NAME"
  node=$REPLY
  end_turn "$(printf '"%sstopped":"%s","%sstopped-node":%s,"%sstopped-pod":"%s","%sstopped-code":"%s","%sstopped-reason":%s' \
    "${INPUT[prefix]}" "$1" "${INPUT[prefix]}" "$node" "${INPUT[prefix]}" "$POD_UID" \
    "${INPUT[prefix]}" "$2" "${INPUT[prefix]}" "$reason")"
}

# Why this node may not have its turn, in REPLY; fails where nothing speaks against it.
hindrance() { # TARGET
  if [[ ${LEASE[stopped]} == "$1" && ${LEASE[stopped-node]} != "$NODE_NAME" ]] && node_exists "${LEASE[stopped-node]}"; then
    REPLY="the roll is stopped by node ${LEASE[stopped-node]}: ${LEASE[stopped-reason]}"
  elif [[ $1 != absent && ${LEASE[opened]} != "$1" ]] && ! is_canary; then
    REPLY="node $CANARY goes first"
  else
    return 1
  fi
}

CANARY=""

# The node that is named, or the first by name of those that have a running pod.
is_canary() {
  local name rest
  CANARY=${INPUT[canary]-}
  if [[ -z $CANARY ]]; then
    api GET "/api/v1/namespaces/$NAMESPACE/pods?labelSelector=${INPUT[selector]}&fieldSelector=status.phase%3DRunning" || return 1
    rest=$BODY
    while [[ $rest =~ \"nodeName\":\"([^\"]+)\" ]]; do
      name=${BASH_REMATCH[1]}
      rest=${rest#*"${BASH_REMATCH[0]}"}
      if [[ -z $CANARY || $name < $CANARY ]]; then CANARY=$name; fi
    done
  fi
  [[ $CANARY == "$NODE_NAME" ]]
}
