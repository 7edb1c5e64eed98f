# shellcheck shell=bash
# Talks with the etcd of this control plane, and with the API server on it.

ETCD_PKI=/etc/kubernetes/pki/etcd

# Whether this machine is this cluster's control plane, made to its end, with etcd on it.
need_finished_cluster() {
  local state
  state=$(ownership)
  [[ $state == finished ]] ||
    die "this machine is no finished control plane of \"$(input cluster_name)\"; 'up' makes it one"
  [[ -e $ETCD_PKI/healthcheck-client.key ]] ||
    die "$ETCD_PKI/healthcheck-client.key is missing: without it etcd on this machine cannot be asked"
}

# Over etcd's own HTTP gateway: no image of etcd need have a client in it, and none is installed.
etcd_request() {
  local path=$1
  shift
  curl --fail --silent --show-error --cacert "$ETCD_PKI/ca.crt" \
    --cert "$ETCD_PKI/healthcheck-client.crt" --key "$ETCD_PKI/healthcheck-client.key" \
    "$@" "https://127.0.0.1:2379$path"
}

api_ready() {
  curl --fail --silent --max-time 5 --cacert /etc/kubernetes/pki/ca.crt \
    --cert /etc/kubernetes/pki/apiserver-kubelet-client.crt --key /etc/kubernetes/pki/apiserver-kubelet-client.key \
    "https://$(input address):6443/readyz"
}
