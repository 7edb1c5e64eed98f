# shellcheck shell=bash
# Brings binaries that the machine does not have, each from a pinned URL with a SHA-256.

# artifact_<n>=<what> <sha256> <url>…; what is kubelet, kubeadm or cni-plugins (a .tgz).
install_missing() {
  local key
  local -a artifact
  for key in $(printf '%s\n' "${!INPUT[@]}" | grep '^artifact_' | sort); do
    read -r -a artifact <<<"${INPUT[$key]}"
    is_installed "${artifact[0]}" || fetch_artifact "${artifact[@]}"
  done
}

is_installed() {
  local version
  version=$(input kubernetes_version)
  case $1 in
    kubelet) [[ $(kubelet --version 2>/dev/null) == "Kubernetes $version" ]] ;;
    kubeadm) [[ $(kubeadm version -o short 2>/dev/null) == "$version" ]] ;;
    cni-plugins) [[ -x $CNI_BIN_DIR/ptp && -x $CNI_BIN_DIR/host-local && -x $CNI_BIN_DIR/portmap && -x $CNI_BIN_DIR/loopback ]] ;;
    *) die "artifact \"$1\" is unknown; it is kubelet, kubeadm or cni-plugins" ;;
  esac
}

fetch_artifact() {
  local what=$1 sum=$2 staging url have
  shift 2
  staging=$(mktemp -d /var/lib/ofwasm/download.XXXXXX)
  if ! url=$(download_first "$staging/$what" "$@"); then
    rm -rf "$staging"
    fault "$what cannot be downloaded from any of: $*"
    return 0
  fi
  have=$(sha256sum "$staging/$what" | cut -d ' ' -f 1)
  if [[ $have != "$sum" ]]; then
    rm -rf "$staging"
    fault "$what from $url has SHA-256 $have, pinned is $sum; nothing was installed"
    return 0
  fi
  if [[ $what == cni-plugins ]]; then
    mkdir -p "$CNI_BIN_DIR" "$staging/unpacked"
    tar -xzf "$staging/$what" -C "$staging/unpacked"
    local plugin
    for plugin in "$staging"/unpacked/*; do
      [[ -f $plugin && -x $plugin ]] || continue
      place_binary "$plugin" "$CNI_BIN_DIR/${plugin##*/}"
    done
  else
    place_binary "$staging/$what" "/usr/local/bin/$what"
  fi
  rm -rf "$staging"
}

# Asks the addresses in order, a mirror before the publisher, and prints the one that gave the file.
download_first() {
  local file=$1 url
  shift
  for url in "$@"; do
    # A mirror that swallows packets, or stops sending, must not hold the publisher's turn up for long.
    if curl --fail --silent --show-error --location --retry 3 --connect-timeout 10 --speed-limit 1024 --speed-time 30 \
      --max-time 300 --output "$file" "$url"; then
      printf '%s' "$url"
      return 0
    fi
  done
  return 1
}

# Beside its place first, then renamed: nobody ever sees half a binary, and a running one is not written into.
place_binary() {
  remember_binary "$2"
  install -m 0755 "$1" "$2.ofwasm-new"
  sync "$2.ofwasm-new"
  mv -f "$2.ofwasm-new" "$2"
}
