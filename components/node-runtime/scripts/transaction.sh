#!/bin/bash
# shellcheck source-path=SCRIPTDIR
# Brings WebAssembly to a machine's containerd, or takes it away again, as one transaction.
#
#   transaction.sh apply | delete | status | inspect     inputs: key=value lines on standard input
#
# apply    preflight, install or compile, verify, configure, restart, prove with a real container, commit; on failure back
#          to the last good state. Nothing to do: nothing is written and nothing restarts.
# delete   gives the machine back as it was, containerd's file byte for byte.
# status   says what is there; writes nothing.
# inspect  says what differs from what was committed, as key=value lines; writes nothing.
#
# Inputs of apply: generation, payload (path of payload.tar.gz), payload_sha256, unpacked_bytes, architecture;
# build (payload, node) says whether crun comes compiled or is compiled here, then with crun_source_sha256,
# build_deadline_seconds and install_build_packages (true, false).
# With a new value of reconcile everything is looked at, mended and proved again, also where nothing seems to be to do.
# Of all: config (containerd's file), unit, socket, cgroup_driver (auto, systemd, cgroupfs),
# lock_wait_seconds, restart_deadline_seconds.
#
# Standard output: one line of JSON, but for inspect. Standard error: progress with times.
# Exit codes: 0 done; 2 usage; 10 refused by preflight, nothing changed; 20 the payload or the new configuration
# did not pass verification, nothing in use was changed; 30 failed and rolled back; 40 failed, and so did the
# way back; 75 another run holds the lock.
# shellcheck source=common.sh
source "${BASH_SOURCE%/*}/common.sh"
# shellcheck source=config.sh
source "${BASH_SOURCE%/*}/config.sh"
# shellcheck source=preflight.sh
source "${BASH_SOURCE%/*}/preflight.sh"
# shellcheck source=build.sh
source "${BASH_SOURCE%/*}/build.sh"
# shellcheck source=generation.sh
source "${BASH_SOURCE%/*}/generation.sh"
# shellcheck source=daemon.sh
source "${BASH_SOURCE%/*}/daemon.sh"
# shellcheck source=proof.sh
source "${BASH_SOURCE%/*}/proof.sh"
# shellcheck source=inspect.sh
source "${BASH_SOURCE%/*}/inspect.sh"

RESTARTED=false

apply() {
  local before dir previous_generation config_changed=false
  need_inputs generation payload payload_sha256 unpacked_bytes architecture
  one_of cgroup_driver auto auto systemd cgroupfs
  one_of build payload payload node
  one_of install_build_packages true true false
  [[ $(id -u) == 0 ]] || die "$EXIT_REFUSED" "not root; log in as root or as a user with password-less sudo"
  phase lock
  take_lock
  read_state
  phase check
  if nothing_to_do; then
    phase
    print_result false
    return
  fi
  begin_work apply
  phase preflight
  preflight_apply
  previous_generation=$(readlink "$CURRENT_LINK" 2>/dev/null || true)
  dir=$(generation_dir)
  CRICTL=$dir/bin/crictl
  journal "apply $(input generation)"
  make_folder "$INSTALL_DIR"
  phase stage
  stage_generation
  # What stays is on record for the next run.
  release_build_packages || true
  phase verify
  verify_generation
  phase configure
  prepare_config
  before=$(previous_config)
  switch_generation
  if config_differs; then
    config_changed=true
    place_config
  fi
  phase restart
  if [[ $config_changed == true || -e $PENDING_FILE ]] || daemon_is_behind; then
    RESTARTED=true
    restart_containerd || roll_back "$before" "$previous_generation" "containerd does not run with the new configuration"
    rm -f "$PENDING_FILE"
  fi
  daemon_has_runtime || roll_back "$before" "$previous_generation" \
    "the daemon does not know runtime crun although its file has it; does the unit start it with another file than $(config_file)?"
  phase prove
  prove "$dir" || roll_back "$before" "$previous_generation" "a WebAssembly container did not run"
  phase commit
  commit
  prune_generations
  phase
  print_result true
}

# True when the committed state is the wanted one and still there. Reads little: this is the usual case.
nothing_to_do() {
  [[ -n ${STATE[proved_at]-} && ${STATE[inputs]} == "$(inputs_digest)" && ! -e $PENDING_FILE && ! -e $BUILD_PACKAGES_FILE ]] || return 1
  [[ $(cgroup_driver "${STATE[cgroup_driver]}") == "${STATE[cgroup_driver]}" ]] || return 1
  [[ $(readlink "$CURRENT_LINK") == "${STATE[generation]}" ]] || return 1
  [[ $(readlink "$RUNTIME_LINK") == "$CURRENT_LINK/bin/crun" ]] || return 1
  [[ $(block_text "$(config_file)" | sha256sum) == "${STATE[block]}  -" ]] || return 1
  generation_intact "$INSTALL_DIR/${STATE[generation]}" || return 1
  systemctl is-active --quiet "$(input unit containerd)"
}

# What decides the outcome; where the payload lies and how long to wait does not.
inputs_digest() {
  local key
  for key in generation payload_sha256 cgroup_driver config unit socket; do
    printf '%s=%s\n' "$key" "$(input "$key")"
  done | cat - <(reconcile_line) | sha256sum | cut -d' ' -f1
}

# Nothing without it: machines that were never reconciled keep the digest that they have.
reconcile_line() { [[ -z $(input reconcile) ]] || printf 'reconcile=%s\n' "$(input reconcile)"; }

# Writes the candidate beside the real file and has containerd read it.
prepare_config() {
  local file systemd=false
  file=$(config_file)
  make_folder "$(dirname "$file")"
  CANDIDATE=$(beside_config)
  [[ $CGROUP_DRIVER != systemd ]] || systemd=true
  default_runtimes "$SCHEMA" >"$WORK_DIR/defaults"
  candidate_config "$WORK_DIR/original" "$SCHEMA" "$systemd" "$(file_is_ours "$file")" "$WORK_DIR/defaults" >"$CANDIDATE"
  if ! (check_candidate "$CANDIDATE"); then
    rm -f "$CANDIDATE"
    exit "$EXIT_VERIFICATION"
  fi
}

file_is_ours() { # FILE
  if [[ ! -e $1 ]] || owns_file "$(block_text "$1")" && [[ ! -s $WORK_DIR/original ]]; then printf true; else printf false; fi
}

# Names a copy of the last configuration that containerd is known to have run with; "none" stands for no file.
previous_config() {
  local file block=$STATE_DIR/block
  file=$(config_file)
  if [[ ! -e $PENDING_FILE ]]; then
    [[ -e $file ]] || {
      printf none
      return
    }
    cp -p "$file" "$WORK_DIR/previous"
  elif [[ -f $block ]]; then
    cat "$WORK_DIR/original" "$block" >"$WORK_DIR/previous"
  elif [[ -s $WORK_DIR/original || $(file_is_ours "$file") == false ]]; then
    cp "$WORK_DIR/original" "$WORK_DIR/previous"
  else
    printf none
    return
  fi
  printf '%s' "$WORK_DIR/previous"
}

config_differs() {
  if cmp -s "$CANDIDATE" "$(config_file)"; then
    rm -f "$CANDIDATE"
    return 1
  fi
}

place_config() {
  local file
  file=$(config_file)
  : >"$PENDING_FILE"
  sync "$PENDING_FILE" "$STATE_DIR"
  if [[ -e $file ]]; then
    chown --reference="$file" "$CANDIDATE"
    chmod --reference="$file" "$CANDIDATE"
  fi
  journal "place $file"
  place_file "$CANDIDATE" "$file"
}

# Back to what ran before this transaction; never returns.
roll_back() { # PREVIOUS_CONFIG PREVIOUS_GENERATION REASON
  local file
  note "$3; rolling back"
  journal "roll back: $3"
  phase rollback
  file=$(config_file)
  : >"$PENDING_FILE"
  if [[ $1 == none ]]; then rm -f "$file"; else replace_file "$file" <"$1"; fi
  if [[ -n $2 && -d $INSTALL_DIR/$2 ]]; then
    flip_link "$2" "$CURRENT_LINK"
  elif [[ -z $2 ]]; then
    rm -f "$RUNTIME_LINK" "$CURRENT_LINK"
  fi
  restart_containerd || die "$EXIT_ROLLBACK_FAILED" "$3; the old configuration is back in $file, and containerd does not run with it either: see journalctl -u $(input unit containerd)"
  rm -f "$PENDING_FILE"
  phase
  die "$EXIT_ROLLED_BACK" "$3; the machine runs as before"
}

commit() {
  local file
  file=$(config_file)
  block_text "$file" | replace_file "$STATE_DIR/block"
  replace_file "$STATE_FILE" <<END
generation=$(input generation)
inputs=$(inputs_digest)
payload_sha256=$(input payload_sha256)
block=$(block_text "$file" | sha256sum | cut -d' ' -f1)
crun=$(fact "$(generation_dir)" crun)
wasmedge=$(fact "$(generation_dir)" wasmedge)
crictl=$(fact "$(generation_dir)" crictl)
containerd=$CONTAINERD_VERSION
schema=$SCHEMA
cgroup_driver=$CGROUP_DRIVER
proved_at=$(date -u +%FT%TZ)
END
  read_state
  journal "commit $(input generation)"
}

print_result() { # CHANGED
  printf '{"changed":%s,"restarted":%s,"generation":%s,"payloadDigest":%s,"provedAt":%s' "$1" "$RESTARTED" \
    "$(json_text "${STATE[generation]}")" "$(json_text "sha256:${STATE[payload_sha256]}")" "$(json_text "${STATE[proved_at]}")"
  printf ',"versions":{"crun":%s,"wasmedge":%s,"crictl":%s,"containerd":%s}' "$(json_text "${STATE[crun]}")" \
    "$(json_text "${STATE[wasmedge]}")" "$(json_text "${STATE[crictl]}")" "$(json_text "${STATE[containerd]}")"
  printf ',"configSchema":%s,"cgroupDriver":%s,"handler":"crun","milliseconds":{%s}}\n' "${STATE[schema]}" \
    "$(json_text "${STATE[cgroup_driver]}")" "$PHASES"
}

delete() {
  local file previous=none active=false pending=false restarts
  [[ $(id -u) == 0 ]] || die "$EXIT_REFUSED" "not root; log in as root or as a user with password-less sudo"
  file=$(config_file)
  if [[ ! -d $INSTALL_DIR && ! -d $STATE_DIR && -z $(block_text "$file") ]]; then
    printf '{"changed":false}\n'
    return
  fi
  phase lock
  take_lock
  read_state
  begin_work delete
  phase preflight
  if systemctl is-active --quiet "$(input unit containerd)"; then active=true; fi
  if [[ -e $PENDING_FILE && $(unit_property LoadState) == loaded ]]; then pending=true; fi
  # Who stopped containerd, or removed it, finds it that way; only a run of ours that was cut off is made up for.
  restarts=$pending
  if [[ $active == true && -n $(block_text "$file") ]]; then restarts=true; fi
  preflight_delete "$restarts"
  CRICTL=$CURRENT_LINK/bin/crictl
  if [[ -x $CRICTL && $active == true ]]; then
    remove_proof_pods
    refuse_running_pods
    clear_proof "$CURRENT_LINK"
  fi
  journal delete
  # Also without a block in it: a delete that was cut off after taking the block out must not lose the file.
  if [[ -e $file ]]; then
    cp -p "$file" "$WORK_DIR/previous"
    previous=$WORK_DIR/previous
  fi
  if [[ -n $(block_text "$file") ]]; then
    phase configure
    if [[ $restarts == true ]]; then : >"$PENDING_FILE"; fi
    if [[ $(file_is_ours "$file") == true ]]; then rm -f "$file"; else replace_file "$file" <"$WORK_DIR/original"; fi
    sync "$(dirname "$file")"
  fi
  if [[ $restarts == true ]]; then
    phase restart
    RESTARTED=true
    restart_containerd || roll_back "$previous" "$(readlink "$CURRENT_LINK")" "containerd does not run without runtime crun"
  fi
  phase remove
  release_build_packages ||
    die "$EXIT_REFUSED" "packages that were installed to compile crun cannot be removed, for the reason above; once that is mended, delete again"
  if [[ $(input payload) == .ofwasm-*.tar.gz ]]; then rm -f .ofwasm-runtime-*.tar.gz; fi
  remove_installation
  phase
  printf '{"changed":true,"restarted":%s,"milliseconds":{%s}}\n' "$RESTARTED" "$PHASES"
}

# Nothing but crun can stop what crun started, so it stays as long as such a pod does.
refuse_running_pods() {
  local pods
  pods=$(crictl pods --state ready --output json | awk -F'"' '
    $2 == "name" { name = $4 } $2 == "namespace" { namespace = $4 }
    $2 == "runtimeHandler" && $4 == "crun" { printf "%s/%s ", namespace, name }') || return 0
  [[ -z $pods ]] || die "$EXIT_REFUSED" "pods still run in runtime crun: ${pods% }; delete them first"
}

status() {
  local file installed=false block=false active=false
  file=$(config_file)
  read_state
  [[ -z ${STATE[proved_at]-} ]] || installed=true
  [[ -z $(block_text "$file") ]] || block=true
  if systemctl is-active --quiet "$(input unit containerd)"; then active=true; fi
  printf '{"installed":%s,"configured":%s,"containerdRuns":%s,"restartPending":%s,"intact":%s,"generation":%s,"provedAt":%s}\n' \
    "$installed" "$block" "$active" "$([[ -e $PENDING_FILE ]] && echo true || echo false)" \
    "$(generation_intact "$CURRENT_LINK" 2>/dev/null && echo true || echo false)" \
    "$(json_text "${STATE[generation]-}")" "$(json_text "${STATE[proved_at]-}")"
}

main() {
  case ${1-} in
    apply | delete | status | inspect)
      read_pairs INPUT
      "$1"
      ;;
    *) die "$EXIT_USAGE" "give apply, delete, status or inspect as the argument, and key=value lines on standard input" ;;
  esac
}

main "$@"
