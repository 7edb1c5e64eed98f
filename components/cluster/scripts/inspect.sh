#!/bin/bash
# What there is of a node on this machine, for a judge elsewhere: one fact a line as key=value, some keys several times.
# Writes nothing and restarts nothing. Inputs as those of the script that made the node, without its secrets.
# shellcheck source=common.sh
source "${BASH_SOURCE%/*}/common.sh"
# shellcheck source=preflight.sh
source "${BASH_SOURCE%/*}/preflight.sh"
# shellcheck source=node.sh
source "${BASH_SOURCE%/*}/node.sh"

say() { # KEY VALUE
  printf '%s=%s\n' "$1" "${2//[$'\n\r']/ }"
}

inspect_node() {
  read_inputs
  need_inputs cluster_id role node_name address pod_cidr node_pod_cidr
  say marker "$(marker)"
  say_files
  say_kubelet
  say_network
  say_certificates
  [[ $(input fail_swap_on) != true ]] || say swap "$(awk 'NR > 1 { printf "%s ", $1 }' /proc/swaps)"
  say free_mib "$(($(df --output=avail -k /var/lib | tail -n 1) / 1024))"
}

# What is ours as a whole.
say_files() {
  find_uplink
  compare_file "$CNI_FILE" < <(cni_config)
  compare_file "$LIB_DIR/pod-network" < <(pod_network_script)
  compare_file "$NETWORK_UNIT" < <(pod_network_unit)
  has_other_kubelet_unit || compare_file "$KUBELET_UNIT" < <(kubelet_unit)
}

compare_file() { # FILE; standard input: what it should be
  if [[ ! -e $1 ]]; then
    say missing "$1"
  elif ! cmp -s - "$1"; then
    say edited "$1"
  fi
}

say_kubelet() {
  say kubelet "$(systemctl is-active kubelet 2>/dev/null || true)"
  if kubelet_healthy >/dev/null 2>&1; then say kubelet_healthy true; else say kubelet_healthy false; fi
  say kubelet_version "$(kubelet --version 2>/dev/null | sed 's/^Kubernetes //' || true)"
  say kubeadm_version "$(kubeadm version -o short 2>/dev/null || true)"
}

# Settings and routes that the pod network needs and the kernel does not have.
say_network() {
  say pod_network "$(systemctl is-active ofwasm-pod-network.service 2>/dev/null || true)"
  say_setting net/ipv4/ip_forward 1
  if [[ $(pod_network) == l2 ]]; then
    say_setting "net/ipv4/conf/$UPLINK/proxy_arp" 1
    say_route "$(input pod_cidr)" "$(input pod_cidr) dev $UPLINK"
    say_route "$(input node_pod_cidr)" "blackhole $(input node_pod_cidr)"
  else
    [[ -e /sys/class/net/$OVERLAY_LINK ]] || say link_missing "$OVERLAY_LINK"
    say_route "$(input pod_cidr)" "blackhole $(input pod_cidr)"
  fi
}

say_setting() { # NAME WANTED
  local value
  value=$(cat "/proc/sys/$1" 2>/dev/null || true)
  [[ $value == "$2" ]] || say setting "$1 $2 $value"
}

say_route() { # NETWORK WANTED
  [[ $(ip -4 route show exact "$1" 2>/dev/null) == *"$2"* ]] || say route_missing "$2"
}

# Of each certificate the last second that it is good for, since 1970, and its file.
say_certificates() {
  local file
  for file in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt /var/lib/kubelet/pki/kubelet-client-current.pem; do
    [[ ! -f $file ]] || say_certificate "$file" < <(cat "$file")
  done
  for file in /etc/kubernetes/*.conf; do
    if [[ -f $file ]] && grep -q client-certificate-data: "$file"; then
      say_certificate "$file" < <(sed -n 's/.*client-certificate-data: *//p' "$file" | base64 -d 2>/dev/null)
    fi
  done
}

# Standard input: the certificate, perhaps with its key, which is not read.
say_certificate() { # FILE
  local end
  end=$(openssl x509 -noout -enddate 2>/dev/null | sed 's/^notAfter=//') || true
  if [[ -n $end ]]; then say certificate "$(date -d "$end" +%s) $1"; else say certificate "0 $1"; fi
}

inspect_node
