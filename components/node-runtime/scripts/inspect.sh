# shellcheck shell=bash
# What there is of the runtime, for a judge elsewhere: one fact a line as key=value, some keys several times. Writes
# nothing, restarts nothing, takes no lock: while another run works on the machine it says what it sees at that moment.

say() { # KEY VALUE
  printf '%s=%s\n' "$1" "${2//[$'\n\r']/ }"
}

# Says whether the command succeeds.
say_whether() { # KEY COMMAND…
  local key=$1
  shift
  if "$@" >/dev/null 2>&1; then say "$key" true; else say "$key" false; fi
}

inspect() {
  [[ $(id -u) == 0 ]] || die "$EXIT_REFUSED" "not root; log in as root or as a user with password-less sudo"
  need_inputs generation
  read_state
  say now "$(milliseconds)"
  inspect_commit
  inspect_generation
  inspect_block
  inspect_daemon
  say free_mib "$(($(df --output=avail -k "$(existing_parent "$INSTALL_DIR")" | tail -n 1) / 1024))"
}

inspect_commit() {
  say committed "${STATE[generation]-}"
  say_whether committed_inputs test "${STATE[inputs]-}" = "$(inputs_digest)"
  say_whether restart_pending test -e "$PENDING_FILE"
  say cgroup_driver "${STATE[cgroup_driver]-}"
  say cgroup_driver_wanted "$(cgroup_driver "${STATE[cgroup_driver]-}")"
}

inspect_generation() {
  local dir damaged path
  dir=$(generation_dir)
  say current "$(readlink "$CURRENT_LINK" || true)"
  say link "$(readlink "$RUNTIME_LINK" || true)"
  say_whether generation_there test -f "$dir/SHA256SUMS"
  [[ -f $dir/SHA256SUMS ]] || return 0
  damaged=$(cd "$dir" && sha256sum --check --quiet --strict SHA256SUMS 2>/dev/null | sed 's/: FAILED.*//') || true
  while IFS= read -r path; do [[ -z $path ]] || say damaged "$path"; done <<<"$damaged"
  # What is not what was installed is not run, least of all by root.
  [[ -z $damaged ]] || return 0
  say_whether wasmedge_loads loads_wasmedge "$dir"
}

# In a shell of its own: verification ends the one that it runs in.
loads_wasmedge() { # DIR
  (verify_generation)
}

inspect_block() {
  local file state=intact
  file=$(config_file)
  say config "$file"
  [[ ! -e $file ]] || say config_time "$(stat -c %Y "$file")"
  if [[ -f $file ]] && ! block_range "$file" >/dev/null; then
    state=torn
  elif [[ -z $(block_text "$file") ]]; then
    state=missing
  elif [[ -z ${STATE[block]-} ]]; then
    state=uncommitted
  elif [[ $(block_text "$file" | sha256sum) != "${STATE[block]}  -" ]]; then
    state=edited
    say block_expected "$(first_difference '<' "$file")"
    say block_found "$(first_difference '>' "$file")"
  fi
  say block "$state"
}

# The first line that only the committed block has (<), or only the file (>).
first_difference() { # SIDE FILE
  diff "$STATE_DIR/block" <(block_text "$2") 2>/dev/null | sed -n "s/^$1 *//p" | head -n 1 || true
}

inspect_daemon() {
  local unit dump since info
  unit=$(input unit containerd)
  say unit "$unit"
  say unit_state "$(systemctl is-active "$unit" 2>/dev/null || true)"
  since=$(daemon_since)
  [[ -z $since ]] || say unit_since "$since"
  if dump=$(timeout 20 containerd --config "$(config_file)" config dump 2>/dev/null); then
    say config_reads true
    say_whether config_has_runtime grep -qE '\.runtimes\.crun\]' <(printf '%s\n' "$dump")
  else
    say config_reads false
  fi
  if info=$(ask_daemon); then say_whether daemon_has_runtime names_runtime "$info"; fi
}

# By the program that was installed, unless somebody put another in its place.
ask_daemon() {
  local dir
  dir=$(generation_dir)
  [[ -x $dir/bin/crictl ]] || return 1
  (cd "$dir" && grep -F '  bin/crictl' SHA256SUMS | sha256sum --check --status --strict) || return 1
  timeout "$ANSWER_SECONDS" "$dir/bin/crictl" --runtime-endpoint "unix://$(input socket /run/containerd/containerd.sock)" \
    --timeout 20s info 2>/dev/null
}
