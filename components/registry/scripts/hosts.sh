#!/bin/bash
# Tells this machine's containerd where a registry of the cluster is, or makes it forget. Verbs: up, down.
# Inputs as key=value lines on standard input: host, hosts_toml (base64), containerd_config.
#
# containerd reads CERTS/HOST/hosts.toml at each pull, so that nothing is restarted and its own file stays as it is.
set -euo pipefail
umask 022
# shellcheck source=../../remote/scripts/inputs.sh
source "${BASH_SOURCE%/*}/../../remote/scripts/inputs.sh"

# For each registry: the folder of its file, then the folders that were made for it, the outermost first.
STATE_DIR=${OFWASM_REGISTRY_STATE:-/var/lib/ofwasm/registries}

check_host() {
  # It becomes the name of a folder.
  [[ ${INPUT[host]} =~ ^[a-z0-9.-]+(:[0-9]+)?$ && ${INPUT[host]} != .* ]] || die "\"${INPUT[host]}\" is no host:port"
}

# The first folder in which containerd looks for registries; its sections differ between 1.x and 2.x.
certs_folder() {
  local dump path
  dump=$(timeout 20 containerd --config "${INPUT[containerd_config]}" config dump) ||
    die "containerd does not understand ${INPUT[containerd_config]}; mend it first"
  path=$(awk '
    /^[ \t]*\[/ { wanted = /(grpc\.v1\.cri|cri\.v1\.images)["'\'']\.registry\]$/ }
    wanted && $1 == "config_path" { gsub(/["'\'']/, "", $3); print $3; exit }' <<<"$dump")
  path=${path%%:*}
  [[ $path == /* ]] || die "containerd of this machine reads no hosts.toml, so it cannot pull from ${INPUT[host]}:" \
    "set registry.config_path to \"/etc/containerd/certs.d\" in ${INPUT[containerd_config]} and restart containerd"
  printf '%s' "$path"
}

host_up() {
  local folder file wanted
  folder=$(certs_folder)/${INPUT[host]}
  file=$folder/hosts.toml
  wanted=$(base64 --decode <<<"${INPUT[hosts_toml]}")
  [[ ! -e $STATE || $(head -n 1 "$STATE") == "$folder" ]] || host_down
  [[ -e $STATE || ! -e $file ]] || die "$file is there and not ours; remove it, or give the registry another name"
  if [[ -e $STATE && -e $file && $(<"$file") == "$wanted" ]]; then return; fi
  # Written down first: what a killed run made is found by the next.
  write "$STATE" "$folder" "$(made_before)" "$(missing_folders "$folder")"
  write "$file" "$wanted"
}

made_before() { if [[ -e $STATE ]]; then tail -n +2 "$STATE"; fi; }

missing_folders() { # FOLDER
  [[ ! -d $1 ]] || return 0
  missing_folders "$(dirname "$1")"
  printf '%s\n' "$1"
}

write() { # FILE TEXT…
  local file=$1 text temporary
  shift
  mkdir -p "$(dirname "$file")"
  temporary=$(mktemp "$file.XXXXXX")
  for text; do [[ -z $text ]] || printf '%s\n' "$text"; done >"$temporary"
  chmod 644 "$temporary"
  sync "$temporary"
  mv "$temporary" "$file"
}

host_down() {
  local folder made
  [[ -e $STATE ]] || return 0
  mapfile -t made < <(tail -n +2 "$STATE" | sort -ru)
  folder=$(head -n 1 "$STATE")
  rm -f -- "$folder"/hosts.toml "$folder"/hosts.toml.??????
  for folder in "${made[@]}"; do rmdir --ignore-fail-on-non-empty -- "$folder" 2>/dev/null || :; done
  rm -f -- "$STATE" "$STATE".??????
  rmdir --ignore-fail-on-non-empty -- "$STATE_DIR" "$(dirname "$STATE_DIR")"
}

main() {
  read_inputs host hosts_toml containerd_config
  check_host
  STATE=$STATE_DIR/${INPUT[host]}
  case ${1:-up} in
    up) host_up ;;
    down) host_down ;;
    *) die "verb \"$1\" is unknown; it is up or down" ;;
  esac
}

main "$@"
