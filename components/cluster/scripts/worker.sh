#!/bin/bash
# Joins this machine to a cluster as a worker. Verbs: up, down.
# The cluster's whole CA certificate is given, so nothing that comes over the network has to be trusted first.
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

WORKER_PORTS=(10248 10250)

worker() {
  read_inputs
  need_inputs cluster_id cluster_name role node_name address
  take_lock
  case ${1:-up} in
    up) worker_up ;;
    down) worker_down ;;
    *) die "verb \"$1\" is unknown; it is up or down" ;;
  esac
}

worker_up() {
  local state
  need_inputs kubernetes_version pod_cidr node_pod_cidr cgroup_driver fail_swap_on join_config endpoint ca_cert token
  state=$(ownership)
  if [[ $state != absent && -s /etc/kubernetes/kubelet.conf && -s /var/lib/kubelet/config.yaml ]] && same_ca; then
    # Joined already, perhaps by a run that was killed right after; kubeadm would refuse a node that is Ready.
    phase verify
    [[ -z $(input reconcile) ]] || mend_node
    systemctl is-active --quiet kubelet || systemctl start kubelet
    finish_worker
    return 0
  fi
  phase preflight
  if [[ $state != absent ]]; then
    note "$(reason_to_reset "$state"); taking back what was made"
    reset_node
  else
    refuse_foreign_cluster
  fi
  preflight "${WORKER_PORTS[@]}"
  check_api
  report_faults
  phase install
  remember_machine
  set_marker started
  install_missing
  check_binaries
  leave_when_unfit "$state"
  phase prepare
  prepare_node
  activate_node
  phase kubeadm
  join_cluster
  finish_worker
}

# Whether the cluster that this machine joined is the one that is there now: a new control plane has a CA of its own.
same_ca() {
  local wanted have
  wanted=$(base64 -d <<<"$(input ca_cert)" | openssl x509 -noout -fingerprint -sha256 2>/dev/null) || return 1
  have=$(openssl x509 -noout -fingerprint -sha256 -in /etc/kubernetes/pki/ca.crt 2>/dev/null) || return 1
  [[ $wanted == "$have" ]]
}

reason_to_reset() {
  if [[ $1 == finished ]]; then
    printf 'the control plane was made anew'
  else
    printf 'an earlier run did not finish'
  fi
}

# Reached with the pinned CA, from here: a firewall or a wrong address is seen before anything is written.
check_api() {
  local answer
  answer=$(curl --silent --show-error --output /dev/null --max-time 10 \
    --cacert <(base64 -d <<<"$(input ca_cert)") "https://$(input endpoint)/version" 2>&1) ||
    fault "the API server https://$(input endpoint) cannot be reached from here: $answer"
}

join_cluster() {
  local dir=/run/ofwasm-join
  # On a tmpfs and gone afterwards: the token is a secret.
  rm -rf "$dir"
  (umask 077 && mkdir "$dir")
  trap 'rm -rf /run/ofwasm-join' EXIT
  discovery_file >"$dir/discovery.conf"
  base64 -d <<<"$(input join_config)" >"$dir/join.yaml"
  timeout 180 kubeadm join --config "$dir/join.yaml" --skip-phases=preflight >&2 ||
    die "kubeadm join failed; when it says Unauthorized the join token ($(input token | cut -d . -f 1), good until $(input token_expires)) has run out: run 'up --replace' with this worker's join secret, which is named like …-$(input node_name)-join-secret"
  rm -rf "$dir"
}

discovery_file() {
  cat <<EOF
apiVersion: v1
kind: Config
clusters:
  - name: cluster
    cluster:
      server: https://$(input endpoint)
      certificate-authority-data: $(input ca_cert)
users:
  - name: join
    user:
      token: $(input token)
contexts:
  - name: join
    context:
      cluster: cluster
      user: join
current-context: join
EOF
}

finish_worker() {
  phase ready
  wait_for 60 "kubelet does not become healthy" kubelet_healthy
  rm -f /etc/kubernetes/bootstrap-kubelet.conf
  wait_for 120 "the node does not become Ready" node_ready
  [[ $(pod_network) != overlay ]] ||
    wait_for 180 "flannel made no route to the other machines, its pod in kube-system says why" overlay_up
  set_marker finished
  phase
  printf '{"node":"%s","milliseconds":{%s}}\n' "$(input node_name)" "$PHASES"
}

# As the node itself, which may look at its own object only.
node_ready() {
  curl --fail --silent --max-time 5 --cacert /etc/kubernetes/pki/ca.crt --cert /var/lib/kubelet/pki/kubelet-client-current.pem \
    "https://$(input endpoint)/api/v1/nodes/$(input node_name)?pretty=false" | grep -q '"type":"Ready","status":"True"'
}

worker_down() {
  owns_machine || return 0
  give_back
}

worker "$@"
