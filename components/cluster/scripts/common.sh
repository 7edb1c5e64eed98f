# shellcheck shell=bash
# Shared by every cluster script: inputs, phases, findings, atomic files, the ownership marker.
# Inputs arrive as key=value lines on standard input and are never evaluated.
set -euo pipefail
umask 022
export LC_ALL=C
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

STATE_DIR=/var/lib/ofwasm/cluster
CRI_SOCKET=/run/containerd/containerd.sock
LOCK_FILE=/run/lock/ofwasm-cluster.lock
# How long a second run waits for the first, or for a kubeadm that outlived its killed parent.
LOCK_SECONDS=300

declare -A INPUT=()
FAULTS=()
PHASES=""
PHASE_NAME=""
PHASE_START=0

read_inputs() {
  local line
  while IFS= read -r line; do
    [[ $line == *=* ]] || continue
    INPUT[${line%%=*}]=${line#*=}
  done
}

input() { printf '%s' "${INPUT[$1]-${2-}}"; }

need_inputs() {
  local key
  for key in "$@"; do
    [[ -n ${INPUT[$key]-} ]] || die "input \"$key\" is missing; this script is run by the program, which gives it"
  done
}

note() { printf '%s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

milliseconds() { printf '%s' "$((${EPOCHREALTIME/./} / 1000))"; }

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

# Collected, so that a user mends everything at once.
fault() { FAULTS+=("$*"); }

report_faults() {
  ((${#FAULTS[@]})) || return 0
  note "error: $(input node_name) is not fit to be a node, ${#FAULTS[@]} finding(s):"
  printf '  - %s\n' "${FAULTS[@]}" >&2
  exit 1
}

# Every process started from here keeps the lock open, so a kubeadm that outlives a killed script is waited for.
take_lock() {
  mkdir -p "${LOCK_FILE%/*}"
  exec 9>>"$LOCK_FILE"
  flock -w "$LOCK_SECONDS" 9 || die "another run holds $LOCK_FILE for more than $LOCK_SECONDS s; end it, then try again"
}

# Writes standard input to a file: whole or not at all, and not when nothing changes.
write_file() {
  local path=$1 mode=$2 temporary
  mkdir -p "${path%/*}"
  temporary=$(mktemp "${path%/*}/.ofwasm.XXXXXX")
  cat >"$temporary"
  if cmp -s "$temporary" "$path"; then
    rm -f "$temporary"
    return 0
  fi
  chmod "$mode" "$temporary"
  sync "$temporary"
  mv -f "$temporary" "$path"
}

# The marker says whose node this is and whether it was finished: "<state> <cluster id> <role> <cluster name>".
marker() { cat "$STATE_DIR/marker" 2>/dev/null || true; }

set_marker() {
  printf '%s %s %s %s\n' "$1" "$(input cluster_id)" "$(input role)" "$(input cluster_name)" |
    write_file "$STATE_DIR/marker" 0644
}

# Prints absent, started or finished; refuses a machine that belongs to another cluster. The id tells clusters apart:
# the name is another stack's too, on another host or of another user.
ownership() {
  local state id role name
  read -r state id role name <<<"$(marker)" || true
  if [[ -z $state ]]; then
    printf absent
    return 0
  fi
  [[ $id == "$(input cluster_id)" ]] ||
    die "this machine is the $role of cluster \"$name\" ($id), not of this \"$(input cluster_name)\" ($(input cluster_id)): run 'down' where that one was made; if its state is lost, run 'kubeadm reset' here and remove $STATE_DIR"
  [[ $role == "$(input role)" ]] ||
    die "this machine is the $role of cluster \"$name\" and cannot become its $(input role); take it out of the stack's machines first ('up' without it), then put it back"
  printf '%s' "$state"
}

# Whether there is anything of this cluster's to take back.
owns_machine() {
  local state id role name
  read -r state id role name <<<"$(marker)" || true
  [[ $id != "$(input cluster_id)" ]] || return 0
  [[ -z $state ]] || note "this machine is the $role of another cluster by now, \"$name\" ($id); it is left alone"
  return 1
}

refuse_foreign_cluster() {
  local folder found folders=(/etc/kubernetes /var/lib/kubelet)
  [[ $(input role) != control-plane ]] || folders+=(/var/lib/etcd)
  for folder in "${folders[@]}"; do
    [[ -d $folder ]] || continue
    # Empty folders come with packages; any file would be lost when the node is taken back.
    found=$(find -H "$folder" ! -type d -print -quit)
    [[ -z $found ]] || fault "$found exists: this machine carries something of Kubernetes that this program did not make; run 'kubeadm reset' there, or move it away, if it is yours to remove"
  done
}

# Gives back what kubeadm and we made. Only called when the marker says that it is ours.
reset_node() {
  timeout 120 kubeadm reset --force --cri-socket "unix://$CRI_SOCKET" >&2 || note "kubeadm reset did not finish cleanly; going on"
  systemctl stop kubelet 2>/dev/null || true
  rm -rf /etc/kubernetes/manifests /etc/kubernetes/pki /etc/kubernetes/*.conf /var/lib/etcd/member
  rm -rf /var/lib/kubelet/pki /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/instance-config.yaml
  # A kube-proxy of the next cluster begins with nothing.
  local family
  for family in ip ip6; do nft delete table "$family" kube-proxy 2>/dev/null || true; done
  # Its old routes would pass for those of the next cluster.
  [[ $(pod_network) != overlay ]] || ip link del "$OVERLAY_LINK" 2>/dev/null || true
}

wait_for() {
  local seconds=$1 what=$2 deadline
  shift 2
  deadline=$(($(milliseconds) + seconds * 1000))
  until "$@" >/dev/null 2>&1; do
    (($(milliseconds) < deadline)) || die "$what: not within $seconds s; look at 'journalctl -u kubelet' on $(input node_name)"
    sleep 0.1
  done
}
