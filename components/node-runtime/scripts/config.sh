# shellcheck shell=bash
# Containerd's file belongs to the operator: this part owns one marked block at its end and nothing else.

readonly BLOCK_BEGIN="# >>> ofwasm node-runtime: managed block, edits inside are undone"
readonly BLOCK_END="# <<< ofwasm node-runtime"
# What the first line says beyond that, when something outside the block is ours too.
readonly OWN_NEWLINE=" (and the line break before)" OWN_FILE=" (and the file)"

readonly RUNTIME_LINK=/usr/local/bin/crun

# Its folder need not be there.
config_file() { readlink -m "$(input config /etc/containerd/config.toml)"; }

plugin_of() { # SCHEMA
  if [[ $1 == 2 ]]; then printf 'io.containerd.grpc.v1.cri'; else printf 'io.containerd.cri.v1.runtime'; fi
}

# What containerd has as runtimes where its file names none. A file that names one loses these defaults, so they
# go into the block, as containerd itself writes them, in the file's schema.
default_runtimes() { # SCHEMA
  local plugin
  plugin=$(plugin_of "$1")
  if grep -qE '\.runtimes[].]' "$WORK_DIR/original"; then return; fi
  awk -v plugin="plugins.\"$plugin\"" '
    /^[[:space:]]*\[/ {
      wanted = ($0 ~ /\.containerd\.runtimes\.[^]]+\]/)
      sub(/plugins\.["\047][^"\047]*["\047]/, plugin)
    }
    wanted && NF' "$WORK_DIR/operator.toml"
}

render_block() { # SCHEMA SYSTEMD_CGROUP SUFFIX DEFAULTS_FILE
  local table
  table="plugins.\"$(plugin_of "$1")\".containerd.runtimes.crun"
  printf '%s%s\n' "$BLOCK_BEGIN" "$3"
  # A file without any key takes its schema from here.
  if [[ -n $3 && $3 != "$OWN_NEWLINE" ]]; then printf 'version = %s\n\n' "$1"; fi
  if [[ -s $4 ]]; then
    printf "# Containerd's own defaults, which the table after them would replace otherwise.\n"
    cat "$4"
    printf '\n'
  fi
  cat <<END
[$table]
  runtime_type = "io.containerd.runc.v2"
  pod_annotations = ["*.wasm.*", "wasm.*", "module.wasm.image/*", "*.module.wasm.image", "module.wasm.image/variant.*"]
  privileged_without_host_devices = false

  [$table.options]
    BinaryName = "$RUNTIME_LINK"
    SystemdCgroup = $2
$BLOCK_END
END
}

# Byte offsets of the block in FILE, "BEGIN END"; nothing without one; fails when it is damaged.
block_range() { # FILE
  local begin end
  begin=$(grep -abm1 "^$BLOCK_BEGIN" "$1" | cut -d: -f1) || true
  end=$(grep -abm1 "^$BLOCK_END\$" "$1" | cut -d: -f1) || true
  [[ -n $begin || -n $end ]] || return 0
  [[ -n $begin && -n $end && $begin -lt $end ]] || return 1
  printf '%s %s' "$begin" "$((end + ${#BLOCK_END} + 1))"
}

# The block of FILE, byte for byte, or nothing.
block_text() { # FILE
  local range
  [[ -f $1 ]] && range=$(block_range "$1") && [[ -n $range ]] || return 0
  tail -c +$((${range% *} + 1)) "$1" | head -c $((${range#* } - ${range% *}))
}

# FILE as it would be without the block, byte for byte, to standard output.
without_block() { # FILE
  local range begin first
  [[ -f $1 ]] || return 0
  range=$(block_range "$1") || return 1
  [[ -n $range ]] || {
    cat "$1"
    return
  }
  begin=${range% *}
  first=$(tail -c +$((begin + 1)) "$1" | head -n 1)
  [[ $first != *"$OWN_NEWLINE" ]] || begin=$((begin - 1))
  head -c "$begin" "$1"
  tail -c +$((${range#* } + 1)) "$1"
}

owns_file() { # BLOCK_TEXT
  [[ ${1%%$'\n'*} == *"$OWN_FILE" ]]
}

# Schema of FILE: its `version`, looked for before the first table; "none" when it has no key at all.
file_schema() { # FILE
  local version
  if ! grep -qsE '^[[:space:]]*[^#[:space:]]' "$1"; then
    printf none
    return
  fi
  version=$(sed -n '/^[[:space:]]*\[/q; s/^[[:space:]]*version[[:space:]]*=[[:space:]]*\([0-9]*\).*/\1/p' "$1" | head -n 1)
  printf '%s' "${version:-1}"
}

# What containerd makes of FILE: the whole configuration, and its messages in WORK/NAME.log.
dump_config() { # FILE NAME
  timeout 20 containerd --config "$1" config dump >"$WORK_DIR/$2.toml" 2>"$WORK_DIR/$2.log" || return 1
  # It lists the file itself among the imports.
  sed -i "s|\"$1\"|\"this file\"|; s|'$1'|'this file'|" "$WORK_DIR/$2.toml"
}

# The same for the operator's part of the file: where the file is, for imports may be relative to it.
dump_operator() {
  local file beside result=0
  file=$(config_file)
  if [[ -e $file && $(file_schema "$file") != none ]] && cmp -s "$file" "$WORK_DIR/original"; then
    dump_config "$file" operator
    return
  fi
  beside=$(beside_config)
  make_folder "$(dirname "$beside")"
  {
    # Without any key containerd runs on its defaults, which it only shows for a file that says its schema.
    if [[ $(file_schema "$WORK_DIR/original") == none ]]; then printf 'version = %s\n' "$SCHEMA"; fi
    cat "$WORK_DIR/original"
  } >"$beside"
  dump_config "$beside" operator || result=1
  rm -f "$beside"
  return "$result"
}

beside_config() {
  local file
  file=$(config_file)
  printf '%s/.%s.ofwasm' "$(dirname "$file")" "$(basename "$file")"
}

warnings_of() { # NAME
  grep -iE 'level=(warning|error|fatal)|^(error|warning)|containerd:' "$WORK_DIR/$1.log" || true
}

# A dump without our table and without blank lines, for comparing.
other_tables() { # NAME
  awk '/^[[:space:]]*\[/ { ours = ($0 ~ /\.runtimes\.crun(\.options)?\]/) } !ours && NF' "$WORK_DIR/$1.toml"
}

# SystemdCgroup of RUNTIME in the dump NAME; "false" when it does not say.
systemd_cgroup_of() { # NAME RUNTIME
  awk -v table="\\\\.runtimes\\\\.$2\\\\.options\\\\]" '
    /^[[:space:]]*\[/ { here = ($0 ~ table) }
    here && $1 == "SystemdCgroup" { print $3; found = 1; exit }
    END { if (!found) print "false" }' "$WORK_DIR/$1.toml"
}

kubelet_cgroup_driver() {
  local file=/var/lib/kubelet/config.yaml driver
  [[ -f $file ]] || return 0
  driver=$(sed -n 's/^cgroupDriver:[[:space:]]*"\{0,1\}\([a-z]*\).*/\1/p' "$file" | head -n 1)
  printf '%s' "${driver:-cgroupfs}"
}

# The driver to use: what was asked for, else the kubelet's, else what FALLBACK says.
cgroup_driver() { # FALLBACK
  local wanted kubelet
  wanted=$(input cgroup_driver auto)
  [[ $wanted == auto ]] || {
    printf '%s' "$wanted"
    return
  }
  kubelet=$(kubelet_cgroup_driver)
  printf '%s' "${kubelet:-$1}"
}

# Writes the wanted file to standard output: the operator's part and our block.
candidate_config() { # ORIGINAL SCHEMA SYSTEMD_CGROUP FILE_IS_OURS DEFAULTS_FILE
  local suffix=""
  if [[ $4 == true ]]; then
    suffix=$OWN_FILE
  elif [[ $(file_schema "$1") == none ]]; then
    suffix=" (and the version)"
  fi
  if [[ -s $1 ]]; then
    cat "$1"
    if [[ -n $(tail -c 1 "$1") ]]; then
      printf '\n'
      suffix+=$OWN_NEWLINE
    fi
  fi
  render_block "$2" "$3" "$suffix" "$5"
}

# Refuses a candidate that containerd complains about, or that changes more than our table.
check_candidate() { # FILE
  local warnings
  dump_config "$1" candidate || die "$EXIT_VERIFICATION" "containerd does not read the new configuration: $(tail -n 3 "$WORK_DIR/candidate.log")"
  warnings=$(warnings_of candidate)
  [[ -z $warnings ]] || die "$EXIT_VERIFICATION" "containerd warns about the new configuration: $warnings"
  grep -qE '\.runtimes\.crun\]' "$WORK_DIR/candidate.toml" ||
    die "$EXIT_VERIFICATION" "the new runtime does not show in containerd's configuration; a file in its imports replaces the CRI section, which containerd before 2.0 does as a whole: move that section into $(config_file)"
  if ! diff <(other_tables operator) <(other_tables candidate) >"$WORK_DIR/candidate.diff"; then
    die "$EXIT_VERIFICATION" "the new configuration would change more than runtime crun: $(head -n 5 "$WORK_DIR/candidate.diff")"
  fi
}
