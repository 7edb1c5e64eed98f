# shellcheck shell=bash disable=SC2034,SC2153 # what the parts share looks unused, or unset, in each of them
# This node: its machine, which the transaction is run on, and its object in the cluster.

# On the machine itself: in the namespaces of its first process, with nothing of the container's environment.
on_host() {
  nsenter --target 1 --mount --uts --ipc --net --pid -- \
    env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# The machine reads the payload where the image has it, through this process's root: nothing is copied there.
transaction() { # VERB
  { cat "$DELIVERY/transaction" && printf 'payload=/proc/%s/root%s\n' "$$" "${INPUT[payload]}"; } | on_host bash -s "$1"
}

node_path() { printf '/api/v1/nodes/%s' "$1"; }

# A node that left the cluster stops nobody. Without an answer it counts as there.
node_exists() { # NAME
  ACCEPT=$METADATA api GET "$(node_path "$1")" || [[ $STATUS != 404 ]]
}

write_node() { # LABELS ANNOTATIONS, both as members of JSON
  until merge "$(node_path "$NODE_NAME")" "{\"metadata\":{\"labels\":{$1},\"annotations\":{$2}}}"; do
    [[ $STATUS != 403 && $STATUS != 404 ]] || die "node $NODE_NAME cannot be marked: HTTP $STATUS"
    say "node $NODE_NAME cannot be marked yet (HTTP $STATUS); trying again"
    sleep 1
  done
}

# Whoever removes the DaemonSet finds by this which machines there is something on.
mark_touched() { write_node "" "\"${INPUT[prefix]}delivery\":\"unproved\""; }

# What the proof found, as the script's line of JSON says it.
mark_proved() { # FILE with that line
  local fact annotations=""
  BODY=$(<"$1")
  for fact in crun wasmedge containerd payloadDigest provedAt; do
    text_of "$fact"
    annotations+="\"${INPUT[mark_${fact,,}]}\":\"$REPLY\","
  done
  write_node "\"${INPUT[label]}\":\"${INPUT[label_value]}\"" "$annotations\"${INPUT[prefix]}delivery\":\"$GENERATION\""
}

# No pod of the class comes here from now on.
unmark_proved() {
  local fact annotations=""
  for fact in crun wasmedge containerd payloaddigest provedat; do annotations+="\"${INPUT[mark_$fact]}\":null,"; done
  write_node "\"${INPUT[label]}\":null" "$annotations\"${INPUT[prefix]}delivery\":\"unproved\""
}

mark_given_back() { write_node "" "\"${INPUT[prefix]}delivery\":null"; }

# Whether this generation was proved here and is still there: what a pod that is started again finds.
is_current() {
  ACCEPT=$METADATA api GET "$(node_path "$NODE_NAME")" || return 1
  text_of "${INPUT[prefix]}delivery"
  [[ $REPLY == "$GENERATION" ]] || return 1
  text_of "${INPUT[label]}"
  [[ $REPLY == "${INPUT[label_value]}" ]] || return 1
  runtime_is_there
}

# Whether what was proved here, whenever that was, is as it was then.
runtime_is_there() {
  local said
  said=$(transaction status) || return 1
  [[ $said == *'"configured":true,"containerdRuns":true,"restartPending":false,"intact":true'* ]]
}
