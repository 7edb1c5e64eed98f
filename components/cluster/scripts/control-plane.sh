#!/bin/bash
# Makes this machine the control plane of a cluster with kubeadm. Verbs: up, down.
# Run again: a finished cluster is only looked at, or mended where there is a value of reconcile; a half-made one of ours is taken back and made again.
# The result is one line of JSON on standard output and holds secrets.
# shellcheck source=common.sh
source "${BASH_SOURCE%/*}/common.sh"
# shellcheck source=preflight.sh
source "${BASH_SOURCE%/*}/preflight.sh"
# shellcheck source=install.sh
source "${BASH_SOURCE%/*}/install.sh"
# shellcheck source=node.sh
source "${BASH_SOURCE%/*}/node.sh"
# shellcheck source=before.sh
source "${BASH_SOURCE%/*}/before.sh"

CONTROL_PLANE_PORTS=(6443 2379 2380 10248 10250 10257 10259)
KUBEADM_CONFIG=$STATE_DIR/kubeadm.yaml
ADMIN_CONF=/etc/kubernetes/admin.conf

control_plane() {
  read_inputs
  need_inputs cluster_id cluster_name role node_name address
  take_lock
  case ${1:-up} in
    up) control_plane_up ;;
    down) control_plane_down ;;
    *) die "verb \"$1\" is unknown; it is up or down" ;;
  esac
}

control_plane_up() {
  local state
  need_inputs kubernetes_version pod_cidr node_pod_cidr service_cidr cgroup_driver fail_swap_on kubeadm_config
  state=$(ownership)
  if [[ $state == finished ]]; then
    refuse_changed_cluster
    phase verify
    [[ -z $(input reconcile) ]] || mend_node
    systemctl is-active --quiet kubelet || systemctl start kubelet
    wait_for 120 "the API server of a finished cluster does not answer" api_answers
    print_result
    return 0
  fi
  phase preflight
  if [[ $state == started ]]; then
    note "an earlier run did not finish; taking back what it made"
    reset_node
  else
    refuse_foreign_cluster
  fi
  preflight "${CONTROL_PLANE_PORTS[@]}"
  report_faults
  phase install
  remember_machine
  set_marker started
  install_missing
  check_binaries
  check_images
  leave_when_unfit "$state"
  phase prepare
  base64 -d <<<"$(input kubeadm_config)" | write_file "$KUBEADM_CONFIG" 0600
  prepare_node
  activate_node
  phase kubeadm
  timeout 300 kubeadm init --config "$KUBEADM_CONFIG" --skip-phases=preflight,addon/kube-proxy,addon/coredns,show-join-command >&2 ||
    die "kubeadm init failed; look at 'journalctl -u kubelet' and /var/log/pods on $(input node_name)"
  phase node
  wait_for 30 "the node's pod subnet cannot be set" settle_pod_cidr
  fingerprint | write_file "$STATE_DIR/fingerprint" 0600
  set_marker finished
  print_result
}

# What kubeadm init settles for good.
fingerprint() {
  local key
  for key in kubernetes_version pod_cidr service_cidr; do printf '%s=%s\n' "$key" "$(input "$key")"; done
  printf 'network=%s\n' "$(pod_network)"
}

refuse_changed_cluster() {
  local have
  have=$(cat "$STATE_DIR/fingerprint" 2>/dev/null || true)
  # A cluster that was made before there was a choice.
  [[ $have == *network=* ]] || have+=$'\nnetwork=l2'
  [[ $have == "$(fingerprint)" ]] ||
    die "this cluster was made with ${have//$'\n'/ }; $(fingerprint | tr '\n' ' ')cannot be applied to a running one; put the old values back or make a new cluster"
}

# kubeadm's own check would ask for an image per round trip; containerd's list answers for all at once.
check_images() {
  local present image missing=()
  present=$(timeout 30 ctr -n k8s.io images ls -q)
  while IFS= read -r image; do
    [[ $image == */coredns/* || $image == */kube-proxy:* ]] && continue
    grep -qxF "$image" <<<"$present" || missing+=("$image")
  done < <(base64 -d <<<"$(input kubeadm_config)" | kubeadm config images list --config /dev/stdin 2>/dev/null)
  if [[ -n $SANDBOX_IMAGE ]] && ! grep -qxF "$SANDBOX_IMAGE" <<<"$present"; then missing+=("$SANDBOX_IMAGE"); fi
  ((${#missing[@]})) || return 0
  note "pulling ${missing[*]}"
  base64 -d <<<"$(input kubeadm_config)" | timeout 600 kubeadm config images pull --config /dev/stdin >&2 ||
    fault "images are neither on this machine nor can they be pulled: ${missing[*]}"
}

# With the API server's own client certificate: a tenth of what starting kubectl costs.
api_request() {
  local path=$1
  shift
  curl --fail --silent --show-error --max-time 5 --cacert /etc/kubernetes/pki/ca.crt \
    --cert /etc/kubernetes/pki/apiserver-kubelet-client.crt --key /etc/kubernetes/pki/apiserver-kubelet-client.key \
    "$@" "https://$(input address):6443$path"
}

api_answers() { api_request /readyz; }

# The node's subnet is settled here, not by a controller: it follows from the machine's place in its pool.
settle_pod_cidr() {
  local patch metadata=""
  # As the graph declares it of workers: where flannel sends from.
  [[ $(pod_network) != overlay ]] ||
    metadata="\"metadata\":{\"annotations\":{\"flannel.alpha.coreos.com/node-public-ip\":\"$(input address)\"}},"
  patch="{$metadata\"spec\":{\"podCIDR\":\"$(input node_pod_cidr)\",\"podCIDRs\":[\"$(input node_pod_cidr)\"]}}"
  api_request "/api/v1/nodes/$(input node_name)" --output /dev/null --request PATCH \
    --header 'Content-Type: application/merge-patch+json' --data "$patch"
}

print_result() {
  phase
  printf '{"kubeconfig":"%s","caCert":"%s","milliseconds":{%s}}\n' \
    "$(base64 -w 0 "$ADMIN_CONF")" "$(base64 -w 0 /etc/kubernetes/pki/ca.crt)" "$PHASES"
}

control_plane_down() {
  owns_machine || return 0
  give_back
}

control_plane "$@"
