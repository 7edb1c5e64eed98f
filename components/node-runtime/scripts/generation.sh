# shellcheck shell=bash
# Generations: the payload's files in a folder named by their content, the link to the one in use, and its verification.

readonly CURRENT_LINK=$INSTALL_DIR/current
readonly GENERATIONS_KEPT=3

generation_dir() { printf '%s/%s' "$INSTALL_DIR" "$(input generation)"; }

# Sees to it that the generation is there, whole.
stage_generation() {
  local target staging=$INSTALL_DIR/.staging
  target=$(generation_dir)
  rm -rf "$staging"
  if [[ -d $target ]]; then
    generation_whole "$target" && return
    # It may be in use, so it is replaced file by file: each one of them is either old or right.
    note "the installed files of $(input generation) are damaged; installing them again"
  fi
  [[ -f $(input payload) ]] || die "$EXIT_VERIFICATION" "$(input payload) is not there, and the installed files need it"
  [[ $(sha256_of "$(input payload)") == "$(input payload_sha256)" ]] ||
    die "$EXIT_VERIFICATION" "$(input payload): not the payload that was announced (sha256 $(input payload_sha256)); remove it and run again"
  mkdir -p "$staging"
  tar -xzf "$(input payload)" -C "$staging" --no-same-owner || {
    rm -rf "$staging"
    die "$EXIT_VERIFICATION" "the payload could not be unpacked into $INSTALL_DIR; is the disk full?"
  }
  (cd "$staging" && sha256sum --check --quiet --strict SHA256SUMS) >&2 || {
    rm -rf "$staging"
    die "$EXIT_VERIFICATION" "the unpacked payload differs from its checksums; is the disk failing?"
  }
  [[ $(fact "$staging" generation) == "$(input generation)" ]] ||
    die "$EXIT_VERIFICATION" "the payload holds generation $(fact "$staging" generation), not $(input generation)"
  if builds_here; then build_generation "$staging" "$target"; fi
  # One sync of the file system costs less than one for each file.
  sync -f "$staging"
  if [[ -d $target ]]; then
    (cd "$staging" && find . -type f -exec mv -fT '{}' "$target/{}" \;)
    rm -rf "$staging"
  else
    mv -T "$staging" "$target"
  fi
  sync "$INSTALL_DIR"
}

generation_whole() { # DIR
  [[ -d $1 ]] && (cd "$1" && sha256sum --check --quiet --strict SHA256SUMS) >&2
}

fact() { # DIR KEY
  sed -n "s/^$2=//p" "$1/facts"
}

# Runs what will be run: crun with its own loader and libraries, and the library that it loads by name.
verify_generation() {
  local dir libraries version
  dir=$(generation_dir)
  version=$("$dir/bin/crun" --version) || die "$EXIT_VERIFICATION" "$dir/bin/crun does not run on this machine"
  [[ $version == *"crun version $(fact "$dir" crun)"* && $version == *+WASM:wasmedge* ]] ||
    die "$EXIT_VERIFICATION" "$dir/bin/crun is not crun $(fact "$dir" crun) with WasmEdge: ${version//$'\n'/, }"
  [[ -f $dir/lib/libwasmedge.so.0 ]] || die "$EXIT_VERIFICATION" "$dir/lib/libwasmedge.so.0 is missing"
  libraries=$(LD_TRACE_LOADED_OBJECTS=1 LD_PRELOAD=$dir/lib/libwasmedge.so.0 "$dir/bin/crun" 2>&1) || true
  [[ $libraries != *"not found"* && $libraries == *libwasmedge.so.0* ]] ||
    die "$EXIT_VERIFICATION" "libraries of $dir/bin/crun are missing: $libraries"
}

# The cheap half of the check, for a run that expects to find nothing to do.
generation_intact() { # DIR
  [[ -d $1 ]] && (cd "$1" && grep -E '  (bin/crun|lib/libwasmedge\.so\.0)$' SHA256SUMS | sha256sum --check --status --strict)
}

switch_generation() {
  flip_link "$(input generation)" "$CURRENT_LINK"
  make_folder "$(dirname "$RUNTIME_LINK")"
  flip_link "$CURRENT_LINK/bin/crun" "$RUNTIME_LINK"
}

# Oldest go first; the one in use and the one before it are always among those that stay.
prune_generations() {
  local dir count=0
  while IFS= read -r dir; do
    count=$((count + 1))
    if [[ $count -gt $GENERATIONS_KEPT && $(basename "$dir") != "$(readlink "$CURRENT_LINK")" ]]; then rm -rf "$dir"; fi
  done < <(find "$INSTALL_DIR" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | cut -d' ' -f2-)
}
