# shellcheck shell=bash
# What this machine was before it became a node, written down once, and the way back to it.

BEFORE_DIR=$STATE_DIR/before
# Binaries of ours, one path a line, and under replaced/ what had their places.
INSTALLED_FILE=$STATE_DIR/installed
REPLACED_DIR=$STATE_DIR/replaced

# Everything that comes into these while the machine is a node is Kubernetes', and goes with it.
NODE_FOLDERS=(
  /etc/kubernetes /etc/kubernetes/manifests /etc/kubernetes/pki /var/lib/kubelet /var/lib/etcd /var/lib/cni
  /var/log/pods /var/log/containers /usr/libexec/kubernetes
)
# Others may put something into these: they go when they were not there before and are empty, deepest first.
# Not /etc/cni/net.d: containerd makes it, and once it was removed sees no network until it is restarted.
SHARED_FOLDERS=(/opt/cni/bin /opt/cni /usr/local/lib/ofwasm /usr/libexec /lib/modules)

# Called before anything is changed; a second run finds what the first one wrote.
remember_machine() {
  [[ ! -e $BEFORE_DIR/paths ]] || return 0
  local paths
  paths=$(present_paths)
  kernel_settings | write_file "$BEFORE_DIR/sysctl" 0600
  firewall_chains | write_file "$BEFORE_DIR/chains" 0600
  firewall_tables | write_file "$BEFORE_DIR/tables" 0600
  { systemctl is-enabled kubelet.service 2>/dev/null || true; } | write_file "$BEFORE_DIR/kubelet" 0600
  # Last: with it the record is complete.
  write_file "$BEFORE_DIR/paths" 0600 <<<"$paths"
}

# "<d for a folder> <mode> <path>" of each folder above that is there, and of what is right below it.
present_paths() {
  local folder
  for folder in "${NODE_FOLDERS[@]}"; do
    [[ ! -d $folder ]] || find -H "$folder" -maxdepth 1 -printf '%y %m %p\n'
  done
  for folder in "${SHARED_FOLDERS[@]}"; do
    [[ ! -d $folder ]] || printf 'd - %s\n' "$folder"
  done
}

# What the pod network, kubelet, kube-proxy and the CNI plugins set. Names with the value of now.
kernel_settings() {
  local name
  for name in net/ipv4/ip_forward net/ipv4/conf/all/route_localnet \
    "net/ipv4/conf/$UPLINK/proxy_arp" "net/ipv4/neigh/$UPLINK/proxy_delay" \
    vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \
    kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
    [[ ! -r /proc/sys/$name ]] || printf '%s %s\n' "$name" "$(cat "/proc/sys/$name")"
  done
}

# "<tool> <table> <chain>" of every chain that is there.
firewall_chains() {
  local tool
  for tool in iptables ip6tables; do
    "$tool-save" 2>/dev/null | awk -v tool="$tool" '/^\*/ { table = substr($1, 2) } /^:/ { print tool, table, substr($1, 2) }' || true
  done
}

# "table <family> <name>" of every nftables table; nothing on a machine without the tool.
firewall_tables() { nft list tables 2>/dev/null || true; }

# Noted down before the first change of that path, so that a run killed in between loses nothing.
remember_binary() {
  local path=$1
  ! grep -qsxF "$path" "$INSTALLED_FILE" || return 0
  if [[ -e $path ]]; then
    mkdir -p "$REPLACED_DIR${path%/*}"
    cp -a "$path" "$REPLACED_DIR$path"
  fi
  { cat "$INSTALLED_FILE" 2>/dev/null || true; printf '%s\n' "$path"; } | write_file "$INSTALLED_FILE" 0600
}

# Takes this machine out of Kubernetes. Only called when the marker says that it is ours. Each step is fine with what
# an earlier run that was killed has done already; the marker goes last.
give_back() {
  reset_node
  systemctl stop ofwasm-pod-network.service 2>/dev/null || true
  remove_pod_network
  if [[ -e $BEFORE_DIR/paths ]]; then
    take_kubelet_out
    clear_firewall
    clear_cgroups
    restore_settings
    remove_binaries
    clear_paths
  fi
  rm -rf /run/cni-ofwasm /var/lib/ofwasm/download.*
  # First what a second run would act on: without the copies under replaced/ it would take the originals for ours.
  rm -f "$INSTALLED_FILE" "$BEFORE_DIR/paths"
  find "$STATE_DIR" -mindepth 1 -maxdepth 1 ! -name marker -exec rm -rf {} +
  rm -rf "$STATE_DIR"
  rmdir --ignore-fail-on-non-empty "${STATE_DIR%/*}"
}

# Findings of the installation: a machine that was no node before them is left as it was.
leave_when_unfit() {
  ((${#FAULTS[@]})) || return 0
  [[ $1 != absent ]] || give_back
  report_faults
}

take_kubelet_out() {
  if grep -qs 'ofwasm' "$KUBELET_UNIT"; then
    systemctl disable kubelet.service 2>/dev/null || true
    rm -f "$KUBELET_UNIT"
  elif [[ $(cat "$BEFORE_DIR/kubelet") != enabled ]]; then
    systemctl disable kubelet.service 2>/dev/null || true
  fi
  systemctl daemon-reload
  systemctl reset-failed kubelet.service ofwasm-pod-network.service 2>/dev/null || true
}

# Chains of kubelet, kube-proxy, flannel and the port mapping plugin that were not there before, and whatever leads to them.
clear_firewall() {
  local doomed tool
  doomed=$(grep -vxFf "$BEFORE_DIR/chains" <(firewall_chains) | awk '$3 ~ /^(KUBE|CNI|FLANNEL)-/' || true)
  for tool in iptables ip6tables; do
    grep -q "^$tool " <<<"$doomed" || continue
    "$tool-save" | removal_of "$(grep "^$tool " <<<"$doomed")" | "$tool-restore" --noflush --wait 10 ||
      note "$tool: the chains of Kubernetes cannot be removed; they are gone after the next boot"
  done
  clear_tables
}

# Input of iptables-restore that takes the chains ("<tool> <table> <chain>" lines) out of a saved ruleset.
removal_of() {
  awk '
    NR == FNR { doomed[$2, $3]; next }
    /^\*/ { table = substr($1, 2); print; removals = ""; next }
    /^:/ { chain = substr($1, 2); if ((table, chain) in doomed) { print ":" chain " - [0:0]"; removals = removals "-X " chain "\n" }; next }
    /^-A/ {
      if ((table, $2) in doomed) next
      for (field = 3; field < NF; field++)
        if (($field == "-j" || $field == "-g") && (table, $(field + 1)) in doomed) { sub(/^-A/, "-D"); print; next }
      next
    }
    /^COMMIT/ { printf "%s", removals; print }
  ' <(printf '%s\n' "$1") -
}

# kube-proxy's own tables, and those that only exist because the chains above did.
clear_tables() {
  local table family name
  if ! command -v nft >/dev/null; then
    note "without nft on this machine, kube-proxy's nftables rules stay until the next boot"
    return 0
  fi
  while read -r table family name; do
    if [[ $name == kube-proxy ]] || is_empty_table "$family" "$name"; then
      nft delete "$table" "$family" "$name" || note "nftables table $family $name cannot be removed"
    fi
  done < <(grep -vxFf "$BEFORE_DIR/tables" <(firewall_tables) || true)
}

# A table as iptables makes them, with nothing but built-in chains that let everything through.
is_empty_table() {
  local listing
  [[ $1 == ip || $1 == ip6 ]] && [[ $2 =~ ^(nat|filter|mangle|raw|security)$ ]] || return 1
  # Whole before it is searched: a pipe that ends early would make a large table look empty.
  listing=$(nft -s list table "$1" "$2") || return 1
  ! grep -vqE '^(table .*|[[:space:]]*chain [A-Z]+ \{|[[:space:]]*type .* policy accept;|[[:space:]]*\}|[[:space:]]*)$' <<<"$listing"
}

# With the systemd driver they are slices, elsewhere plain folders; what is in use cannot be removed.
clear_cgroups() {
  systemctl stop kubepods.slice 2>/dev/null || true
  find /sys/fs/cgroup -depth -type d \( -path '*/kubepods' -o -path '*/kubepods/*' \) -exec rmdir {} + 2>/dev/null || true
}

restore_settings() {
  local name value
  while read -r name value; do
    [[ $(cat "/proc/sys/$name" 2>/dev/null) != "$value" ]] || continue
    echo "$value" 2>/dev/null >"/proc/sys/$name" || note "kernel setting $name cannot be set back to $value"
  done <"$BEFORE_DIR/sysctl"
}

remove_binaries() {
  local path
  [[ -e $INSTALLED_FILE ]] || return 0
  while IFS= read -r path; do
    if [[ -e $REPLACED_DIR$path ]]; then
      # A copy, so that a run that is killed after this finds the original still, and does the same again.
      cp -a "$REPLACED_DIR$path" "$path.ofwasm-new"
      mv -f "$path.ofwasm-new" "$path"
    else
      rm -f "$path"
    fi
  done <"$INSTALLED_FILE"
}

# True when the path was there before.
was_there() { cut -d ' ' -f 3- "$BEFORE_DIR/paths" | grep -xF -- "$1" >/dev/null; }

clear_paths() {
  local folder path mode
  for folder in "${NODE_FOLDERS[@]}"; do
    [[ -d $folder ]] || continue
    if ! was_there "$folder"; then
      remove_tree "$folder"
      continue
    fi
    while IFS= read -r path; do
      was_there "$path" || remove_tree "$path"
    done < <(find -H "$folder" -mindepth 1 -maxdepth 1)
  done
  for folder in "${SHARED_FOLDERS[@]}"; do
    if [[ -d $folder ]] && ! was_there "$folder"; then rmdir --ignore-fail-on-non-empty "$folder"; fi
  done
  # kubeadm takes away empty folders that packages bring.
  while read -r mode path; do
    [[ -e $path ]] || mkdir -m "$mode" "$path"
  done < <(awk '$1 == "d" && $2 != "-" { print $2, substr($0, length($1 $2) + 3) }' "$BEFORE_DIR/paths")
}

remove_tree() {
  local mount under
  # Mounts are listed by their real path.
  under=$(readlink -f -- "$1") || under=$1
  # What is still mounted below is a volume with somebody's data.
  while IFS= read -r mount; do
    umount "$mount" 2>/dev/null || {
      note "$mount cannot be unmounted, so $1 stays"
      return 0
    }
  done < <(awk -v under="$under" '$2 == under || index($2, under "/") == 1 { print $2 }' /proc/self/mounts | sort -r)
  rm -rf --one-file-system -- "$1" || note "$1 cannot be removed as a whole"
}
