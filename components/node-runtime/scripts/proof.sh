# shellcheck shell=bash
# A real WebAssembly container, made through the same interface that the kubelet uses.

readonly PROOF_POD=ofwasm-proof PROOF_NAMESPACE=ofwasm
# A kubelet that tidies up may remove a pod that it does not know, so one failure says little.
readonly PROOF_TRIES=3 PROOF_SECONDS=10

# For an image to be unpacked, which is the longest of what is asked here.
readonly IMPORT_SECONDS=120

images() { timeout "$IMPORT_SECONDS" ctr --address "$(input socket /run/containerd/containerd.sock)" --namespace k8s.io images "$@"; }

# The image that containerd starts every pod with, as its configuration names it.
sandbox_image() {
  sed -nE "s/^[[:space:]]*(sandbox_image|sandbox)[[:space:]]*=[[:space:]]*[\"']([^\"']+)[\"'].*/\2/p" "$WORK_DIR/candidate.toml" | head -n 1
}

has_image() { [[ -n $(images list --quiet "name==$1") ]]; }

# Waits until the CRI plugin, which hears of images by events, knows one.
await_image() { # NAME
  for ((tries = 0; tries < 100; tries++)); do
    [[ -z $(crictl images --quiet "$1") ]] || return 0
    sleep 0.05
  done
  return 1
}

prove() {
  local dir=$1 proof pause sandbox result=1 try
  proof=$(fact "$dir" proof_image)
  pause=$(fact "$dir" pause_image)
  sandbox=$(sandbox_image)
  clear_proof "$dir"
  import_image "$dir/share/proof.tar" || return 1
  if [[ -n $sandbox ]] && ! has_image "$sandbox"; then
    import_image "$dir/share/pause.tar" || return 1
    images tag "$pause" "$sandbox" >/dev/null
    await_image "$sandbox" || note "containerd does not see its sandbox image $sandbox"
  fi
  await_image "$proof" || note "containerd does not see $proof"
  for ((try = 1; try <= PROOF_TRIES; try++)); do
    if proof_container "$dir" "$proof"; then
      result=0
      break
    fi
    note "proof $try of $PROOF_TRIES failed: $(proof_failure)"
  done
  clear_proof "$dir"
  return "$result"
}

# Removes what a proof leaves, this one or a killed one: its pods, its image, and the borrowed sandbox image.
clear_proof() { # DIR
  local image present
  remove_proof_pods
  present=$(images list --quiet) || return 0
  for image in "$(fact "$1" proof_image)" "$(fact "$1" pause_image)"; do
    # The CRI plugin removes every name of an image: the one it keeps for itself, and the borrowed one.
    if grep -qxF "$image" <<<"$present"; then crictl rmi "$image" >/dev/null || true; fi
  done
}

import_image() { # ARCHIVE
  images import "$1" >"$WORK_DIR/import.log" 2>&1 || {
    note "$1 could not be imported: $(tail -n 2 "$WORK_DIR/import.log")"
    return 1
  }
}

proof_container() { # DIR IMAGE
  local parent="" line
  line=$(fact "$1" proof_line)
  rm -rf "$WORK_DIR/logs"
  mkdir -p "$WORK_DIR/logs"
  if [[ $CGROUP_DRIVER == systemd ]]; then parent=system.slice; fi
  cat >"$WORK_DIR/pod.json" <<END
{"metadata": {"name": "$PROOF_POD", "namespace": "$PROOF_NAMESPACE", "uid": "$$-$EPOCHREALTIME"},
 "log_directory": "$WORK_DIR/logs", "annotations": {"module.wasm.image/variant": "compat-smart"},
 "linux": {"cgroup_parent": "$parent", "security_context": {"namespace_options": {"network": 2}}}}
END
  cat >"$WORK_DIR/container.json" <<END
{"metadata": {"name": "proof"}, "image": {"image": "$2"}, "command": ["/proof.wasm"], "log_path": "proof.log", "linux": {}}
END
  crictl run --no-pull --runtime crun "$WORK_DIR/container.json" "$WORK_DIR/pod.json" >/dev/null || return 1
  for ((tries = 0; tries < PROOF_SECONDS * 50; tries++)); do
    if grep -qF "$line" "$WORK_DIR/logs/proof.log" 2>/dev/null; then return 0; fi
    sleep 0.02
  done
  return 1
}

proof_failure() {
  if [[ -s $WORK_DIR/logs/proof.log ]]; then
    tail -n 3 "$WORK_DIR/logs/proof.log"
  else
    tail -n 3 "$WORK_DIR/crictl.log"
  fi
}

remove_proof_pods() {
  local pods
  pods=$(crictl pods --quiet --name "$PROOF_POD" --namespace "$PROOF_NAMESPACE") || return 0
  # shellcheck disable=SC2086 # one argument for each
  [[ -z $pods ]] || crictl rmp --force $pods >/dev/null || true
}
