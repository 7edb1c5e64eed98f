# shellcheck shell=bash
# Restarting containerd and asking the daemon itself, not its file, what it runs with.

# For one question to containerd: a daemon may hang instead of failing.
readonly ANSWER_SECONDS=30

crictl() {
  timeout "$ANSWER_SECONDS" "$CRICTL" --runtime-endpoint "unix://$(input socket /run/containerd/containerd.sock)" --timeout 20s "$@" 2>"$WORK_DIR/crictl.log"
}

unit_property() { systemctl show --value -p "$1" "$(input unit containerd)"; }

# Restarts within a deadline; says whether the daemon answers afterwards.
restart_containerd() {
  local unit deadline
  unit=$(input unit containerd)
  deadline=$(input restart_deadline_seconds 30)
  # A unit that failed too often is not started again before this.
  systemctl reset-failed "$unit" 2>/dev/null || true
  if ! timeout "$deadline" systemctl restart "$unit" 2>"$WORK_DIR/restart.log"; then
    note "containerd did not start: $(tail -n 2 "$WORK_DIR/restart.log")"
    journalctl -u "$unit" -n 5 --no-pager -o cat >&2 2>/dev/null || true
    return 1
  fi
  daemon_answers "$deadline"
}

daemon_answers() { # SECONDS
  local socket
  socket=$(input socket /run/containerd/containerd.sock)
  for ((tries = 0; tries < $1 * 20; tries++)); do
    if timeout 5 ctr --address "$socket" version >/dev/null 2>&1; then return 0; fi
    sleep 0.05
  done
  note "containerd does not answer on $socket within $1 s"
  return 1
}

daemon_has_runtime() {
  cri_answers "$(input restart_deadline_seconds 30)" && names_runtime "$(cat "$WORK_DIR/info.json")"
}

# After the socket, and not with it: first the daemon looks at every pod that there is.
cri_answers() { # SECONDS
  local until=$((SECONDS + $1))
  until crictl info >"$WORK_DIR/info.json"; do
    if [[ $SECONDS -ge $until ]]; then
      note "containerd's CRI does not answer within $1 s: $(tail -n 1 "$WORK_DIR/crictl.log")"
      return 1
    fi
    sleep 0.05
  done
}

# Whether what the daemon says of itself has our runtime in it.
names_runtime() { # INFO
  local section
  section=$(grep -A 40 '"crun": {' <<<"$1") && grep -q "\"BinaryName\": \"$RUNTIME_LINK\"" <<<"$section"
}

# When the daemon was started last, seconds since 1970; nothing when it never was.
daemon_since() {
  local since
  since=$(unit_property ActiveEnterTimestamp 2>/dev/null) || true
  # An empty date would be today's.
  [[ -z $since ]] || date -d "$since" +%s 2>/dev/null || true
}

# Whether the daemon runs with something else than its file says. That somebody else changed the rest of the file is only
# acted upon by a run that is to reconcile.
daemon_is_behind() {
  local since
  daemon_has_runtime || return 0
  [[ -n $(input reconcile) ]] || return 1
  since=$(daemon_since)
  [[ -n $since && $(stat -c %Y "$(config_file)") -gt $since ]]
}
