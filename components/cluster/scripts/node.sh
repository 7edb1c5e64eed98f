# shellcheck shell=bash
# What every node gets before kubeadm runs: pod network, kubelet unit.

LIB_DIR=/usr/local/lib/ofwasm
NETWORK_UNIT=/etc/systemd/system/ofwasm-pod-network.service
KUBELET_UNIT=/etc/systemd/system/kubelet.service
CNI_FILE=/etc/cni/net.d/10-ofwasm.conflist

# What flannel makes of its VXLAN network 1, its first.
OVERLAY_LINK=flannel.1
# What VXLAN adds to a packet, bytes.
OVERLAY_HEADERS=50

# How pods reach pods of other machines: l2 or overlay.
pod_network() { input network l2; }

prepare_node() {
  cni_config | write_file "$CNI_FILE" 0644
  pod_network_script | write_file "$LIB_DIR/pod-network" 0755
  pod_network_unit | write_file "$NETWORK_UNIT" 0644
  has_other_kubelet_unit || kubelet_unit | write_file "$KUBELET_UNIT" 0644
}

# For a finished node that is to be reconciled: what is ours and differs is written again, the rest stays as it is.
mend_node() {
  local fetched=false
  find_uplink
  check_containerd
  if ! is_installed kubelet; then fetched=true; fi
  install_missing
  check_binaries
  report_faults
  prepare_node
  activate_node
  # One that runs is what it was until it is started again; pods are not touched by that.
  [[ $fetched == false ]] || systemctl restart kubelet
}

# Point-to-point links instead of a bridge: every packet between pods is routed, so service addresses work
# between two pods of one machine without br_netfilter, which a container host may not have.
cni_config() {
  cat <<EOF
{
  "cniVersion": "0.4.0",
  "name": "ofwasm",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": false,$(overlay_mtu)
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni-ofwasm",
        "ranges": [[{ "subnet": "$(input node_pod_cidr)" }]],
        "routes": [{ "dst": "0.0.0.0/0" }]
      }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
EOF
}

# A pod's packet must fit into one of the uplink, wrapped.
overlay_mtu() {
  [[ $(pod_network) == overlay ]] || return 0
  printf '\n      "mtu": %d,' "$(($(cat "/sys/class/net/$UPLINK/mtu") - OVERLAY_HEADERS))"
}

# True when flannel knows the way to another machine.
overlay_up() { ip -4 route show dev "$OVERLAY_LINK" | grep -q .; }

# One L2 without an agent: all pods are on the link, and each machine answers ARP for its own pods.
# No route names another machine, so a new machine changes nothing on the others.
# In an overlay it is flannel that makes the routes between machines.
pod_network_script() {
  cat <<'EOF'
#!/bin/bash
# pod-network up|down: routes between pods of this machine and those of the others. Run by ofwasm-pod-network.service.
set -euo pipefail
uplink=$(ip -o -4 addr show to "$NODE_ADDRESS/32" | awk '{ print $2; exit }')
[[ -n $uplink ]] || { echo "address $NODE_ADDRESS is on no interface yet" >&2; exit 1; }
# A pod that is gone must be looked for nowhere: not on the link, and in an overlay, where flannel adds the routes of
# the other machines' pods, not in the world.
nowhere=$NODE_POD_CIDR
[[ $NETWORK != overlay ]] || nowhere=$POD_CIDR
egress=(POSTROUTING -s "$NODE_POD_CIDR" ! -d "$POD_CIDR" -m comment --comment ofwasm-pod-egress -j MASQUERADE)
if [[ $1 == down ]]; then
  ip route del blackhole "$nowhere" 2>/dev/null || true
  if [[ $NETWORK == overlay ]]; then
    ip link del flannel.1 2>/dev/null || true
    nft delete table ip flannel-ipv4 2>/dev/null || true
    nft delete table ip6 flannel-ipv6 2>/dev/null || true
  else
    ip route del "$POD_CIDR" dev "$uplink" 2>/dev/null || true
    echo 0 >"/proc/sys/net/ipv4/conf/$uplink/proxy_arp"
  fi
  iptables -w 60 -t nat -D "${egress[@]}" 2>/dev/null || true
  exit 0
fi
echo 1 >/proc/sys/net/ipv4/ip_forward
if [[ $NETWORK == l2 ]]; then
  echo 1 >"/proc/sys/net/ipv4/conf/$uplink/proxy_arp"
  # The kernel would hold each answer back for up to 0.8 s.
  echo 0 >"/proc/sys/net/ipv4/neigh/$uplink/proxy_delay"
  # Protocol kernel: networkd removes every other route that its own files do not name.
  ip route replace "$POD_CIDR" dev "$uplink" proto kernel scope link src "$NODE_ADDRESS"
fi
ip route replace blackhole "$nowhere" proto kernel
iptables -w 60 -t nat -C "${egress[@]}" 2>/dev/null || iptables -w 60 -t nat -A "${egress[@]}"
EOF
}

pod_network_unit() {
  cat <<EOF
[Unit]
Description=Pod network of this node
After=network-online.target
Wants=network-online.target
Before=kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
Environment=NODE_ADDRESS=$(input address) NODE_POD_CIDR=$(input node_pod_cidr) POD_CIDR=$(input pod_cidr) NETWORK=$(pod_network)
ExecStart=$LIB_DIR/pod-network up
# The address may come later than the target says.
Restart=on-failure
RestartSec=1

[Install]
WantedBy=multi-user.target
EOF
}

remove_pod_network() {
  if [[ -x $LIB_DIR/pod-network ]]; then
    NODE_ADDRESS=$(input address) NODE_POD_CIDR=$(input node_pod_cidr) POD_CIDR=$(input pod_cidr) NETWORK=$(pod_network) \
      "$LIB_DIR/pod-network" down || true
  fi
  systemctl disable ofwasm-pod-network.service 2>/dev/null || true
  rm -f "$NETWORK_UNIT" "$LIB_DIR/pod-network" "$CNI_FILE"
}

# A package may have brought one.
has_other_kubelet_unit() {
  systemctl cat kubelet.service >/dev/null 2>&1 && ! grep -qs 'ofwasm' "$KUBELET_UNIT"
}

# The arguments are those of the official kubeadm drop-in.
kubelet_unit() {
  cat <<EOF
[Unit]
Description=kubelet (written by ofwasm)
Wants=network-online.target
After=network-online.target containerd.service

[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=$(command -v kubelet) \$KUBELET_KUBECONFIG_ARGS \$KUBELET_CONFIG_ARGS \$KUBELET_KUBEADM_ARGS \$KUBELET_EXTRA_ARGS
ExecCondition=/usr/bin/test -e /var/lib/kubelet/config.yaml
Restart=always
RestartSec=1
StartLimitIntervalSec=0

[Install]
WantedBy=multi-user.target
EOF
}

# kubeadm starts the kubelet itself; it must only be enabled for the next boot. Enabling reloads systemd too.
activate_node() {
  systemctl enable ofwasm-pod-network.service kubelet.service 2>/dev/null
  systemctl restart ofwasm-pod-network.service || die "the pod network cannot be set up: $(journalctl -u ofwasm-pod-network.service -n 3 -o cat --no-pager)"
}

kubelet_healthy() { curl --fail --silent --max-time 2 http://127.0.0.1:10248/healthz; }
