# shellcheck shell=bash
# Looks at the machine without changing it; every finding goes into one report.

# Free space under /var/lib that images, logs and etcd need at least.
MIN_FREE_MIB=2048
# What kubeadm asks of a control plane; a worker carries only kubelet and containerd.
MIN_MEMORY_CONTROL_PLANE_MIB=1700
MIN_MEMORY_WORKER_MIB=700
# Where flannel's VXLAN goes on Linux, UDP.
OVERLAY_PORT=8472

CONTAINERD_CONFIG=""
CNI_BIN_DIR=""
SANDBOX_IMAGE=""
UPLINK=""

preflight() {
  check_host
  check_address
  check_ports "$@"
  [[ $(pod_network) != overlay ]] || check_overlay
  check_containerd
}

check_host() {
  local free memory floor
  [[ $(id -u) == 0 ]] || fault "the script does not run as root; let the login user use sudo without a password"
  [[ -d /run/systemd/system ]] || fault "systemd does not run here; a node needs it for kubelet and containerd"
  if [[ $(input fail_swap_on) == true ]] && (($(wc -l </proc/swaps) > 1)); then
    fault "swap is on ($(awk 'NR > 1 { printf "%s ", $1 }' /proc/swaps)); turn it off or set failSwapOn to false"
  fi
  free=$(($(df --output=avail -k /var/lib | tail -n 1) / 1024))
  ((free >= MIN_FREE_MIB)) || fault "/var/lib has $free MiB free; $MIN_FREE_MIB MiB are needed"
  memory=$(($(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo) / 1024))
  floor=$MIN_MEMORY_WORKER_MIB
  [[ $(input role) != control-plane ]] || floor=$MIN_MEMORY_CONTROL_PLANE_MIB
  ((memory >= floor)) || fault "the machine has $memory MiB of memory; a $(input role) needs $floor MiB"
  local tool
  for tool in ip iptables mount flock sha256sum ss curl openssl; do
    command -v "$tool" >/dev/null || fault "\"$tool\" is not on this machine; install it"
  done
}

check_address() {
  local address
  address=$(input address)
  find_uplink
  [[ -n $UPLINK ]] || fault "address $address is on no interface of this machine; give the address that the other machines reach it by"
  # kube-proxy drops what goes to an unknown address of the service network, and pods' addresses go to the link.
  local key
  for key in pod_cidr service_cidr; do
    ! in_network "$address" "$(input "$key")" || fault "address $address lies in ${key//_/ } $(input "$key"); choose another network for it"
  done
}

# The interface that has the machine's address.
find_uplink() { UPLINK=$(ip -o -4 addr show to "$(input address)/32" 2>/dev/null | awk '{ print $2; exit }'); }

address_number() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  printf '%s' $(((a << 24) + (b << 16) + (c << 8) + d))
}

in_network() {
  local shift=$((32 - ${2#*/}))
  (($(address_number "$1") >> shift == $(address_number "${2%/*}") >> shift))
}

check_ports() {
  local port user
  for port in "$@"; do
    user=$(ss -Hltnp "sport = :$port" | head -n 1)
    [[ -z $user ]] || fault "port $port is taken: ${user##* }"
  done
}

# In a network namespace of its own, so that nothing is left; the kernel loads its module when it has to.
check_overlay() {
  unshare --net ip link add probe type vxlan id 1 dstport "$OVERLAY_PORT" 2>/dev/null ||
    fault "the kernel makes no VXLAN link, which network \"overlay\" needs; load or install its module vxlan"
  [[ -e /sys/class/net/$OVERLAY_LINK || -z $(ss -Hlun "sport = :$OVERLAY_PORT") ]] ||
    fault "UDP port $OVERLAY_PORT is taken; it carries pods' packets between the machines"
}

check_containerd() {
  if [[ ! -S $CRI_SOCKET ]]; then
    fault "containerd does not answer on $CRI_SOCKET; install and start it"
    return 0
  fi
  timeout 30 ctr plugins ls 2>/dev/null | awk '($2 == "cri" || $1 ~ /cri/) && $NF == "ok" { found = 1 } END { exit !found }' ||
    fault "containerd's CRI plugin is off or broken; take \"cri\" out of disabled_plugins in /etc/containerd/config.toml"
  CONTAINERD_CONFIG=$(timeout 30 containerd config dump 2>/dev/null || true)
  check_cgroup_driver
  CNI_BIN_DIR=$(containerd_value bin_dir)
  [[ -n $CNI_BIN_DIR ]] || CNI_BIN_DIR=$(containerd_value bin_dirs)
  CNI_BIN_DIR=${CNI_BIN_DIR:-/opt/cni/bin}
  SANDBOX_IMAGE=$(containerd_value sandbox_image)
  [[ -n $SANDBOX_IMAGE ]] || SANDBOX_IMAGE=$(containerd_value sandbox)
}

# First value of a key in containerd's merged configuration, whichever schema version it uses.
containerd_value() {
  awk -v key="$1" '$1 == key && $2 == "=" { gsub(/[][",'"'"']/, "", $3); print $3; exit }' <<<"$CONTAINERD_CONFIG"
}

# kubelet and runc must put pods under the same manager, or pods die at random under memory pressure.
check_cgroup_driver() {
  local runc want=false
  runc=$(awk '/^[[:space:]]*\[/ { inside = /runtimes\.runc\.options\]/ } inside && $1 == "SystemdCgroup" { print $3; exit }' <<<"$CONTAINERD_CONFIG")
  [[ $(input cgroup_driver) != systemd ]] || want=true
  [[ ${runc:-false} == "$want" ]] ||
    fault "containerd's runc has SystemdCgroup = ${runc:-false} but cgroupDriver is $(input cgroup_driver); make them agree"
}

# Called after the installation: what must be there by now.
check_binaries() {
  local version plugin
  version=$(input kubernetes_version)
  [[ $(kubelet --version 2>/dev/null) == "Kubernetes $version" ]] ||
    fault "kubelet $version is not on this machine ($(kubelet --version 2>/dev/null || echo none)) and no artifact gives it"
  [[ $(kubeadm version -o short 2>/dev/null) == "$version" ]] ||
    fault "kubeadm $version is not on this machine ($(kubeadm version -o short 2>/dev/null || echo none)) and no artifact gives it"
  for plugin in ptp host-local portmap loopback; do
    [[ -x $CNI_BIN_DIR/$plugin ]] || fault "CNI plugin \"$plugin\" is not in $CNI_BIN_DIR; install the CNI plugins there"
  done
}
