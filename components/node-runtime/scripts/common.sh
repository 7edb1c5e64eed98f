# shellcheck shell=bash disable=SC2034 # what the parts share looks unused in each of them
# Shared by the parts of the transaction: inputs, progress, findings, atomic files, the lock, the state.
# Inputs arrive as key=value lines on standard input and are never evaluated.
set -euo pipefail
umask 022
export LC_ALL=C
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Generations live below INSTALL_DIR; STATE_DIR says which one is committed, WORK_DIR is gone after a reboot.
INSTALL_DIR=/opt/ofwasm/runtime
STATE_DIR=/var/lib/ofwasm/runtime
STATE_FILE=$STATE_DIR/state
WORK_DIR=/run/ofwasm/runtime
# Containerd's file changed and the daemon may not have it: whoever finds this mark restarts it.
PENDING_FILE=$STATE_DIR/restart-pending

# Exit codes, in the order in which things can go wrong.
readonly EXIT_USAGE=2 EXIT_REFUSED=10 EXIT_VERIFICATION=20 EXIT_ROLLED_BACK=30 EXIT_ROLLBACK_FAILED=40 EXIT_LOCKED=75

# Global also where all of this is the body of a function, as it is when it comes over a connection: what runs at
# the end runs outside of it.
declare -gA INPUT=() STATE=()
FINDINGS=()
PHASES=""
PHASE_NAME=""
PHASE_START=0

milliseconds() { printf '%s' "$((${EPOCHREALTIME/./} / 1000))"; }

note() { printf '%s\n' "$*" >&2; }

die() { # CODE MESSAGE…
  local code=$1
  shift
  printf 'error: %s\n' "$*" >&2
  exit "$code"
}

# Collected, so that a user mends everything at once.
finding() { FINDINGS+=("$*"); }

# Ends the running phase and starts the next; the times end up in the result as JSON members.
phase() {
  local now
  now=$(milliseconds)
  if [[ -n $PHASE_NAME ]]; then
    PHASES+="${PHASES:+,}\"$PHASE_NAME\":$((now - PHASE_START))"
    note "$PHASE_NAME: $((now - PHASE_START)) ms"
  fi
  PHASE_NAME=${1-}
  PHASE_START=$now
}

read_pairs() { # ARRAY: fills it from standard input
  local -n pairs=$1
  local line
  while IFS= read -r line || [[ -n $line ]]; do
    [[ $line == *=* ]] || continue
    # shellcheck disable=SC2034 # a reference to the caller's array
    pairs[${line%%=*}]=${line#*=}
  done
}

input() { # KEY [DEFAULT]
  printf '%s' "${INPUT[$1]-${2-}}"
}

need_inputs() {
  local key
  for key in "$@"; do
    [[ -n ${INPUT[$key]-} ]] || die "$EXIT_USAGE" "input \"$key\" is missing; give key=value lines on standard input"
  done
}

one_of() { # KEY DEFAULT ALLOWED…
  local key=$1 value allowed
  value=$(input "$key" "$2")
  shift 2
  for allowed in "$@"; do [[ $value == "$allowed" ]] && return; done
  die "$EXIT_USAGE" "input $key=\"$value\" is not one of: $*"
}

json_text() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//$'\n'/\\n}"
}

sha256_of() {
  local sum
  sum=$(sha256sum <"$1")
  printf '%s' "${sum%% *}"
}

# Standard input becomes FILE: a reader, and a machine that loses its power, sees the old bytes or the new ones.
replace_file() { # FILE
  local temporary
  temporary=$(dirname "$1")/.$(basename "$1").ofwasm
  cat >"$temporary"
  if [[ -e $1 ]]; then
    chown --reference="$1" "$temporary"
    chmod --reference="$1" "$temporary"
  fi
  place_file "$temporary" "$1"
}

place_file() { # TEMPORARY FILE, in the same folder
  sync "$1"
  mv -fT "$1" "$2"
  sync "$(dirname "$2")"
}

# A symbolic link that changes its target in one step.
flip_link() { # TARGET LINK
  [[ $(readlink "$2" 2>/dev/null) != "$1" ]] || return 0
  ln -sfn "$1" "$2.ofwasm"
  mv -fT "$2.ofwasm" "$2"
  sync "$(dirname "$2")"
}

# The lock is on the state folder itself, so that a run with nothing to do writes nothing. It goes with the
# process, however that ends.
take_lock() {
  local wait held
  wait=$(input lock_wait_seconds 5)
  while true; do
    mkdir -p "$STATE_DIR"
    exec {LOCK_FD}<"$STATE_DIR"
    if ! flock -w "$wait" "$LOCK_FD"; then
      held=$(cat /run/ofwasm/runtime.holder 2>/dev/null || echo "unknown")
      die "$EXIT_LOCKED" "another run works on this machine's runtime ($held); wait for its end, then try again"
    fi
    # A delete may have removed the folder that this run was waiting for.
    [[ $(stat -Lc %i "/proc/self/fd/$LOCK_FD") != "$(stat -c %i "$STATE_DIR" 2>/dev/null)" ]] || return 0
    exec {LOCK_FD}<&-
  done
}

# From here on something is written: says who does it, and clears what a killed run left half-done.
begin_work() { # MODE
  rm -rf "$WORK_DIR"
  mkdir -p "$WORK_DIR"
  chmod 0700 "$WORK_DIR"
  printf '%s pid %s, boot %s, since %s\n' "$1" "$$" "$(cat /proc/sys/kernel/random/boot_id)" "$(date -u +%FT%TZ)" \
    >/run/ofwasm/runtime.holder
  trap end_work EXIT
}

# A machine that was refused, or rolled back before anything was ever committed, keeps no trace either.
end_work() {
  local code=$?
  rm -rf "$WORK_DIR"
  # A package that is still half unpacked is finished from its download.
  [[ -e $BUILD_PACKAGES_FILE ]] || rm -rf "$APT_DIR"
  rm -f /run/ofwasm/runtime.holder
  if [[ $code != 0 ]] && nothing_in_use; then remove_installation; fi
  rmdir /run/ofwasm "$STATE_DIR" "$(dirname "$STATE_DIR")" 2>/dev/null || true
}

# No committed state, nothing in containerd's file, no restart to be made up for, no packages to be taken away.
nothing_in_use() {
  [[ ! -e $STATE_FILE && ! -e $PENDING_FILE && ! -e $BUILD_PACKAGES_FILE && ! -L $CURRENT_LINK ]] &&
    [[ -z $(block_text "$(config_file)") ]]
}

# Makes a folder, and remembers those that were not there, so that they go with the rest.
make_folder() { # DIR
  local dir=$1 missing=()
  until [[ -d $dir ]]; do
    missing=("$dir" "${missing[@]}")
    dir=$(dirname "$dir")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  printf '%s\n' "${missing[@]}" >>"$STATE_DIR/folders"
  mkdir -p "$1"
}

# Everything that is here of ours, but not the payload's archive: the next run may need it.
remove_installation() {
  local folders=() index
  if [[ $(readlink "$RUNTIME_LINK" 2>/dev/null) == "$INSTALL_DIR"/* ]]; then rm -f "$RUNTIME_LINK"; fi
  rm -rf "$INSTALL_DIR" "$WORK_DIR"
  if [[ -f $STATE_DIR/folders ]]; then mapfile -t folders <"$STATE_DIR/folders"; fi
  for ((index = ${#folders[@]} - 1; index >= 0; index--)); do rmdir "${folders[index]}" 2>/dev/null || true; done
  rmdir "$(dirname "$INSTALL_DIR")" 2>/dev/null || true
  # Last: as long as it is there, another run knows that there is something to remove.
  rm -rf "$STATE_DIR"
}

existing_parent() {
  local folder=$1
  until [[ -d $folder ]]; do folder=$(dirname "$folder"); done
  printf '%s' "$folder"
}

read_state() {
  STATE=()
  [[ ! -f $STATE_FILE ]] || read_pairs STATE <"$STATE_FILE"
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

# What was done last, for a person who looks at a machine after a crash.
journal() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*" >>"$STATE_DIR/journal"; }
