# shellcheck shell=bash disable=SC2034 # what the parts share looks unused in each of them
# Everything that would stop the transaction, found before anything is written, all of it in one report.

# Before this the payload did not exist: such a clock would break every certificate on the machine anyway.
readonly CLOCK_FLOOR=1767225600
# Room for the archive's content, the generation that is in use and the one before.
readonly SPACE_FACTOR=3 INODES_NEEDED=500

CONTAINERD_VERSION=""
SCHEMA=""
CGROUP_DRIVER=""

preflight_apply() {
  check_machine
  check_tools containerd ctr systemctl flock sha256sum awk tar gzip findmnt timeout
  check_other_owners
  report_findings
  check_daemon
  report_findings
  check_config
  check_payload
  check_targets
  report_findings
}

# Only what removing needs: a machine that would not be given the runtime today can still be rid of it.
preflight_delete() { # WILL_RESTART
  local file folder
  file=$(config_file)
  check_tools systemctl flock awk findmnt timeout
  report_findings
  without_block "$file" >"$WORK_DIR/original" || damaged_block "$file"
  for folder in "$INSTALL_DIR" "$STATE_DIR"; do check_writable "$(existing_parent "$folder")"; done
  [[ -z $(block_text "$file") ]] || check_writable "$(dirname "$file")"
  if [[ $1 == true ]]; then
    check_kill_mode
    [[ ! -e $file || $(file_schema "$WORK_DIR/original") == none ]] || dump_operator ||
      finding "$file: containerd would not start again with what remains in it: $(tail -n 3 "$WORK_DIR/operator.log")"
  fi
  report_findings
}

damaged_block() { # FILE
  finding "$1: one of the two lines that mark our block is missing; remove the rest of the block by hand"
}

report_findings() {
  [[ ${#FINDINGS[@]} -gt 0 ]] || return 0
  note "this machine is not ready for the runtime, nothing was changed:"
  local one
  for one in "${FINDINGS[@]}"; do note "- $one"; done
  exit "$EXIT_REFUSED"
}

check_machine() {
  [[ $(id -u) == 0 ]] || finding "not root; log in as root or as a user who may use sudo"
  [[ $(uname -s) == Linux ]] || finding "operating system $(uname -s); only Linux runs this"
  [[ $(date +%s) -ge $CLOCK_FLOOR ]] || finding "the clock says $(date -u +%FT%TZ); set it"
  note_other_system /etc/os-release
}

# No reason to refuse: what another system lacks is found by what follows.
note_other_system() { # FILE
  local system
  system=$(awk -F= '{ gsub(/["'"'"']/, "", $2); value[$1] = $2 } END { print value["ID"], value["VERSION_ID"] }' "$1" 2>/dev/null) || true
  case $system in
    "debian 12" | "debian 13" | "ubuntu 22.04" | "ubuntu 24.04") ;;
    *) note "this is made for Debian 12 and 13 and Ubuntu 22.04 and 24.04; the machine is \"${system:-of no known system}\", going on" ;;
  esac
}

check_tools() { # TOOL…
  local tool missing=""
  for tool in "$@"; do
    command -v "$tool" >/dev/null || missing+=" $tool"
  done
  [[ -z $missing ]] || finding "commands missing:$missing; install containerd and the usual base packages"
}

check_other_owners() {
  local unit
  for unit in k3s k3s-agent rke2-server rke2-agent snap.microk8s.daemon-containerd k0scontroller k0sworker; do
    if systemctl is-active --quiet "$unit" 2>/dev/null; then
      finding "service $unit runs a containerd of its own; give its configuration file, socket and unit as inputs, or stop it"
    fi
  done
}

check_daemon() {
  local unit
  unit=$(input unit containerd)
  if [[ $(unit_property LoadState) != loaded ]]; then
    finding "no systemd unit \"$unit\"; install containerd as a service, or give the unit's name"
    return
  fi
  check_kill_mode
  CONTAINERD_VERSION=$(timeout 20 containerd --version | awk '{ sub(/^v/, "", $3); sub(/[~+-].*/, "", $3); print $3 }')
  if [[ ! $CONTAINERD_VERSION =~ ^[0-9]+\.[0-9]+ ]]; then
    finding "containerd does not say its version: $(containerd --version)"
    return
  fi
  check_containerd_version "${CONTAINERD_VERSION%%.*}.$(cut -d. -f2 <<<"$CONTAINERD_VERSION")"
}

# The range is the caller's, as release lines: 1.6 to 2.3.
check_containerd_version() { # LINE
  local oldest newest
  oldest=$(input containerd_oldest "$1")
  newest=$(input containerd_newest "$1")
  printf '%s\n' "$oldest" "$1" "$newest" | sort --check=quiet --version-sort ||
    finding "containerd is $CONTAINERD_VERSION; $oldest to $newest are known to work: install one of those"
}

check_kill_mode() {
  local killmode
  killmode=$(unit_property KillMode)
  # With "mixed" systemd kills what is left, the pods' shims, once containerd itself has ended.
  [[ $killmode == process ]] ||
    finding "unit $(input unit containerd) has KillMode=$killmode: restarting it would kill every pod; set KillMode=process"
}

# Sees the operator's part of the file in WORK/original and what containerd makes of it in WORK/operator.toml.
check_config() {
  local file original=$WORK_DIR/original version warnings plugin
  file=$(config_file)
  if ! without_block "$file" >"$original"; then
    damaged_block "$file"
    return
  fi
  version=$(file_schema "$original")
  case $version in
    none) if [[ ${CONTAINERD_VERSION%%.*} -ge 2 ]]; then SCHEMA=3; else SCHEMA=2; fi ;;
    2 | 3 | 4) SCHEMA=$version ;;
    *) finding "$file: schema $version, containerd no longer documents it; run \"containerd config migrate\" and restart" ;;
  esac
  if ! dump_operator; then
    finding "$file: containerd does not read it: $(tail -n 3 "$WORK_DIR/operator.log")"
    return
  fi
  warnings=$(warnings_of operator)
  [[ -z $warnings ]] || finding "$file: containerd warns: $warnings"
  if grep -E '^[[:space:]]*disabled_plugins' "$WORK_DIR/operator.toml" |
    grep -qE "[\"'](cri|io\\.containerd\\.grpc\\.v1\\.cri|io\\.containerd\\.cri\\.v1\\.runtime)[\"']"; then
    finding "$file: disabled_plugins has the CRI plugin, without which there is no Kubernetes; remove it from the list"
  fi
  if grep -qE '\.runtimes\.crun(\.options)?\]' "$WORK_DIR/operator.toml"; then
    finding "$file: a runtime \"crun\" is there that is not ours; remove that table (from a file in imports, if it is not here)"
  fi
  plugin="(plugins|['\"]?io\\.containerd\\.(grpc\\.v1\\.cri|cri\\.v1\\.runtime)['\"]?|containerd|runtimes)"
  if grep -qE "^[[:space:]]*([^#=]*\\.)?${plugin}[[:space:]]*=[[:space:]]*\\{" "$original"; then
    finding "$file: a parent of the runtimes is an inline table ({ … }), which nothing can be added to; write it as a [table]"
  fi
  choose_cgroup_driver
}

choose_cgroup_driver() {
  local kubelet runc=cgroupfs wanted
  [[ $(systemd_cgroup_of operator runc) != true ]] || runc=systemd
  CGROUP_DRIVER=$(cgroup_driver "$runc")
  # Who asks for one by name has a kubelet in mind that is to use it, and runs its other pods with runc.
  wanted=$(input cgroup_driver auto)
  if [[ $wanted != auto && $wanted != "$runc" ]] && grep -qE '\.runtimes\.runc[].]' "$WORK_DIR/operator.toml"; then
    finding "$(config_file): runc uses the cgroup driver $runc, and $wanted was asked for; set SystemdCgroup = $([[ $wanted == systemd ]] && echo true || echo false) in the options of runtime runc"
  fi
  kubelet=$(kubelet_cgroup_driver)
  if [[ -n $kubelet && $kubelet != "$CGROUP_DRIVER" ]]; then
    finding "cgroup driver $CGROUP_DRIVER was asked for, and the kubelet uses $kubelet; leave it at auto, or change the kubelet"
  fi
}

check_payload() {
  local file machine
  machine=$(uname -m)
  case $(input architecture) in
    amd64) [[ $machine == x86_64 ]] || other_architecture amd64 "$machine" ;;
    arm64) [[ $machine == aarch64 ]] || other_architecture arm64 "$machine" ;;
    *) finding "the payload is for \"$(input architecture)\", which is no known architecture" ;;
  esac
  ! generation_whole "$(generation_dir)" 2>/dev/null || return 0
  if builds_here; then check_build; fi
  file=$(input payload)
  [[ -f $file ]] || finding "$file: the payload is not there; it is copied before this script runs"
}

other_architecture() { # ARCHITECTURE MACHINE
  finding "the payload is for $1, this machine is $2; run the program on a host of the machines' own architecture, amd64 or arm64, which must be the same for all of a stack"
}

check_targets() {
  local folder options kib
  for folder in "$INSTALL_DIR" "$STATE_DIR" "$(dirname "$(config_file)")"; do
    check_writable "$(existing_parent "$folder")"
  done
  folder=$(existing_parent "$INSTALL_DIR")
  options=",$(findmnt -no OPTIONS -T "$folder"),"
  [[ $options != *,noexec,* ]] || finding "$folder: mounted noexec; programs must be able to run from there"
  if [[ -e $RUNTIME_LINK || -L $RUNTIME_LINK ]] && [[ $(readlink "$RUNTIME_LINK") != "$INSTALL_DIR"/* ]]; then
    finding "$RUNTIME_LINK: there is one already that is not ours; move it away"
  fi
  [[ ! -d $INSTALL_DIR/$(input generation) ]] || return 0
  kib=$(($(input unpacked_bytes 0) * SPACE_FACTOR / 1024))
  if builds_here; then kib=$((kib + BUILD_KIB)); fi
  [[ $(df --output=avail -k "$folder" | tail -n 1) -ge $kib ]] ||
    finding "$folder: less than $((kib / 1024)) MiB free; make room"
  options=$(df --output=iavail "$folder" | tail -n 1)
  [[ $options -ge $INODES_NEEDED || $options -eq 0 && $(df --output=itotal "$folder" | tail -n 1) -eq 0 ]] ||
    finding "$folder: less than $INODES_NEEDED free inodes; remove small files"
}

check_writable() { # FOLDER
  local options
  options=",$(findmnt -no OPTIONS -T "$1"),"
  [[ $options != *,ro,* && -w $1 ]] || finding "$1: not writable; mount it read-write"
}
