#!/bin/bash
# Puts other data under the etcd of this control plane: standard input has the inputs, an empty line, then a tar.gz with
# the folder `member` as etcdutl makes it. When the API does not come back with it, the old data is put back.
# shellcheck source=common.sh
source "${BASH_SOURCE%/*}/common.sh"
# shellcheck source=etcd.sh
source "${BASH_SOURCE%/*}/etcd.sh"

DATA=/var/lib/etcd
# Beside the data, on its file system; etcd does not mind them.
STAGED=$DATA/.ofwasm-staged
BEFORE=$DATA/.ofwasm-before
MANIFESTS=/etc/kubernetes/manifests
ASIDE=/etc/kubernetes/ofwasm-aside
STATIC=(etcd kube-apiserver kube-controller-manager kube-scheduler)

restore() {
  read_until_empty
  need_inputs cluster_id cluster_name role node_name address api_seconds
  take_lock
  need_finished_cluster
  finish_earlier_run
  refuse_members
  phase stage
  # Data that is refused does not stay: it has every Secret in it.
  trap 'rm -rf "$STAGED"' EXIT
  stage
  phase stop
  trap put_back EXIT
  stop_control_plane
  phase swap
  mkdir -m 700 "$BEFORE"
  mv "$DATA/member" "$BEFORE/member"
  mv "$STAGED/member" "$DATA/member"
  phase start
  start_control_plane
  wait_for "$(input api_seconds)" "the API server does not answer with the restored data" api_ready
  trap - EXIT
  # Pods that are not in the restored data must go; kubelet finds them when it starts.
  systemctl restart kubelet
  rm -rf "$BEFORE" "$STAGED"
  phase
  printf '{"milliseconds":{%s}}\n' "$PHASES"
}

# What follows the empty line is not text: a shell reads no further than the line it is at.
read_until_empty() {
  local line
  while IFS= read -r line && [[ -n $line ]]; do
    # shellcheck disable=SC2034 # common.sh reads it.
    INPUT[${line%%=*}]=${line#*=}
  done
}

# A run that was killed between stop and start.
finish_earlier_run() {
  [[ -d $ASIDE || -d $BEFORE ]] || return 0
  note "an earlier restore was cut off; its old data is put back first"
  # In a shell of its own: what it does not hear is only for the way back.
  (put_back)
}

# Data made for one member would split a cluster of several.
refuse_members() {
  local members
  # An etcd that does not answer may be the reason for the restore.
  members=$(etcd_request /v3/cluster/member/list --data '{}' --max-time 10 2>/dev/null) || return 0
  (($(grep -o '"peerURLs"' <<<"$members" | wc -l) <= 1)) ||
    die "this etcd has several members; a restore would leave the others with other data. Follow etcd's disaster recovery for clusters"
}

stage() {
  rm -rf "$STAGED"
  mkdir -m 700 "$STAGED"
  tar -C "$STAGED" -xz --no-same-owner || die "the data did not arrive whole; nothing was changed"
  [[ -s $STAGED/member/snap/db && -d $STAGED/member/wal ]] || die "the data has no member/snap/db and member/wal; nothing was changed"
  sync -f "$STAGED"
}

stop_control_plane() {
  local name
  mkdir -p "$ASIDE"
  for name in "${STATIC[@]}"; do
    [[ ! -e $MANIFESTS/$name.yaml ]] || mv "$MANIFESTS/$name.yaml" "$ASIDE/$name.yaml"
  done
  wait_for 90 "the control plane's processes do not end" none_runs
}

# Only of those in the machine's own network, where static pods are: others' control planes run in pods, too.
none_runs() {
  local name
  for name in "${STATIC[@]}"; do ! pgrep -x "${name:0:15}" --ns $$ --nslist net || return 1; done
}

start_control_plane() {
  local name
  for name in "${STATIC[@]}"; do
    [[ ! -e $ASIDE/$name.yaml ]] || mv "$ASIDE/$name.yaml" "$MANIFESTS/$name.yaml"
  done
  rmdir "$ASIDE"
}

put_back() {
  # Often the connection is what was lost: whoever would be told is gone, and telling it must not end the way back.
  trap '' PIPE HUP TERM
  if [[ -d $BEFORE/member ]]; then
    note "putting the data from before back" || true
    mkdir -p "$ASIDE"
    stop_control_plane
    rm -rf "$DATA/member"
    mv "$BEFORE/member" "$DATA/member"
  fi
  rm -rf "$BEFORE" "$STAGED"
  [[ ! -d $ASIDE ]] || start_control_plane
  wait_for 180 "the API server does not answer with the data from before either" api_ready
}

restore
