# shellcheck shell=bash disable=SC2034 # what the parts share looks unused in each of them
# Compiling crun on the machine itself: what that takes, where it comes from, and the compilation. Only where the
# payload is one of sources (input build=node); everything around it is as with a payload of binaries.

# Program or header, and the Debian package that has it.
readonly BUILD_NEEDS=(
  "gcc gcc"
  "make make"
  "pkg-config pkgconf"
  "python3 python3"
  "stdio.h libc6-dev"
  "sys/capability.h libcap-dev"
  "seccomp.h libseccomp-dev"
  "systemd/sd-bus.h libsystemd-dev"
  "yajl/yajl_tree.h libyajl-dev"
)
# What the compilation uses of the base system.
readonly BUILD_TOOLS=(env getconf nice nproc setpriv sort timeout unshare xargs)
# Sources and objects, twice.
readonly BUILD_KIB=$((128 * 1024))

readonly APT_DIR=$STATE_DIR/apt
# Packages that are only there for the compilation. Written before the first one is installed, so that whoever
# comes after a killed run knows which to take away.
readonly BUILD_PACKAGES_FILE=$STATE_DIR/build-packages

# Packages that preflight found missing and can be had.
BUILD_PACKAGES=()

builds_here() { [[ $(input build payload) == node ]]; }

# The needs that are not met, one a line.
lacking_for_build() {
  local need
  for need in "${BUILD_NEEDS[@]}"; do
    if [[ ${need% *} == *.h ]]; then
      header_is_there "${need% *}" || printf '%s\n' "$need"
    else
      command -v "${need% *}" >/dev/null || printf '%s\n' "$need"
    fi
  done
}

header_is_there() { # HEADER
  local folder
  for folder in /usr/local/include /usr/include /usr/include/*-linux-gnu*; do
    [[ ! -f $folder/$1 ]] || return 0
  done
  return 1
}

check_build() {
  local tool missing="" need lacking=()
  need_inputs crun_source_sha256
  for tool in "${BUILD_TOOLS[@]}"; do
    command -v "$tool" >/dev/null || missing+=" $tool"
  done
  [[ -z $missing ]] || finding "commands missing:$missing; install the usual base packages"
  getconf GNU_LIBC_VERSION >/dev/null 2>&1 ||
    finding "the C library is not glibc, which WasmEdge's library wants; use build \"payload\", which brings one along"
  mapfile -t lacking < <(lacking_for_build)
  [[ ${#lacking[@]} -gt 0 ]] || return 0
  if packages_can_be_had "${lacking[@]##* }"; then
    BUILD_PACKAGES=("${lacking[@]##* }")
    note "compiling crun needs ${BUILD_PACKAGES[*]}: installed for the compilation and removed after it"
    return
  fi
  for need in "${lacking[@]}"; do
    finding "${need% *} is missing, which compiling crun needs; install package ${need##* }, or use build \"payload\""
  done
  [[ -z $APT_REFUSAL ]] || finding "apt cannot bring what is missing: $APT_REFUSAL"
}

# apt with lists, downloads and logs of its own: the machine's stay as they are.
apt() { # SECONDS ARGUMENT…
  local seconds=$1
  shift
  mkdir -p "$APT_DIR"/{lists,cache,log}
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 timeout --kill-after=10 "$seconds" apt-get -q -y \
    -o Dir::State::Lists="$APT_DIR/lists" -o Dir::Cache="$APT_DIR/cache" -o Dir::Log="$APT_DIR/log" \
    -o APT::Sandbox::User=root -o APT::Install-Recommends=false -o DPkg::Lock::Timeout=60 \
    -o Acquire::Retries=1 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 \
    "$@" </dev/null >"$WORK_DIR/apt.log" 2>&1
}

# Whether apt would bring the packages and nothing but new ones. Says why not in APT_REFUSAL.
packages_can_be_had() { # PACKAGE…
  local others
  APT_REFUSAL=""
  [[ $(input install_build_packages true) == true ]] || return 1
  if ! command -v apt-get >/dev/null; then
    APT_REFUSAL="this machine has no apt-get"
    return 1
  fi
  finish_packages
  if ! apt 90 update || ! apt 30 --simulate install "$@"; then
    APT_REFUSAL=$(grep -E '^(E|W|Err)[: ]' "$WORK_DIR/apt.log" | tail -n 1)
    APT_REFUSAL=${APT_REFUSAL:-"it did not answer in time"}
    return 1
  fi
  others=$(awk '$1 == "Remv" || $1 == "Inst" && $3 ~ /^\[/ { print $2 }' "$WORK_DIR/apt.log" | not_ours)
  if [[ -n $others ]]; then
    APT_REFUSAL="it would change packages that are installed already: ${others//$'\n'/ }; update the machine first"
    return 1
  fi
  awk '$1 == "Inst" { print $2 }' "$WORK_DIR/apt.log" >"$WORK_DIR/new-packages"
}

# Names on standard input but for those that are only there for a compilation.
not_ours() {
  local ours=$BUILD_PACKAGES_FILE
  [[ -f $ours ]] || ours=/dev/null
  grep -vxFf "$ours" || true
}

install_build_packages() {
  [[ ${#BUILD_PACKAGES[@]} -gt 0 ]] || return 0
  # A killed run may have left some of them, which are still to go.
  sort -u "$WORK_DIR/new-packages" <(cat "$BUILD_PACKAGES_FILE" 2>/dev/null) | replace_file "$BUILD_PACKAGES_FILE"
  journal "install ${BUILD_PACKAGES[*]}"
  apt 300 --no-remove install "${BUILD_PACKAGES[@]}" || fail_build "apt did not install ${BUILD_PACKAGES[*]}" "$WORK_DIR/apt.log"
}

# After a power cut in the middle of an installation of ours apt does nothing before this. A package that was being
# unpacked is unpacked again: until that is done dpkg does not know its files, and would leave them when it goes.
finish_packages() {
  local archives=()
  [[ -f $BUILD_PACKAGES_FILE ]] || return 0
  mapfile -t archives < <(half_unpacked)
  [[ ${#archives[@]} -eq 0 ]] || dpkg_in_turn --unpack "${archives[@]}" || true
  dpkg_in_turn --configure -a || true
}

# The downloads of ours that dpkg had begun to unpack, as far as they are still there.
half_unpacked() {
  local status package archive
  while read -r status package; do
    [[ $status == ?H* || $status == ??R ]] || continue
    for archive in "$APT_DIR/cache/archives/$package"_*.deb; do
      [[ ! -f $archive ]] || printf '%s\n' "$archive"
    done
  done < <(known_build_packages)
}

# Our packages that dpkg knows, as "<abbreviated status> <package>".
known_build_packages() {
  # shellcheck disable=SC2016 # dpkg's own placeholders
  xargs -r dpkg-query --show --showformat '${db:Status-Abbrev} ${Package}\n' <"$BUILD_PACKAGES_FILE" 2>/dev/null || true
}

# dpkg does not wait for its lock by itself.
dpkg_in_turn() { # ARGUMENT…
  local end=$((SECONDS + 60))
  until timeout --kill-after=10 300 dpkg "$@" </dev/null >"$WORK_DIR/apt.log" 2>&1; do
    grep -q 'locked by another process' "$WORK_DIR/apt.log" && ((SECONDS < end)) || return 1
    sleep 2
  done
}

# Takes away the packages that are only there for a compilation, and nothing that somebody else came to need. Fails,
# with the record still there, when they cannot go.
release_build_packages() {
  local packages=() others
  [[ -f $BUILD_PACKAGES_FILE ]] || return 0
  finish_packages
  # Also those whose removal was cut off.
  mapfile -t packages < <(known_build_packages | sed -n 's/^[ip][^n ][^ ]* *//p')
  if [[ ${#packages[@]} -gt 0 ]]; then
    journal "remove the packages of the compilation"
    others=""
    if apt 30 --simulate purge "${packages[@]}"; then
      others=$(awk '$1 == "Purg" || $1 == "Remv" { print $2 }' "$WORK_DIR/apt.log" | not_ours)
    fi
    if [[ -n $others ]]; then
      note "packages of the compilation stay, because these need them by now: ${others//$'\n'/ }"
    # By dpkg, which removes these or nothing: apt would take along whatever needs them.
    elif ! dpkg_in_turn --purge --force-remove-reinstreq "${packages[@]}"; then
      note "packages of the compilation could not be removed and stay: $(tail -n 1 "$WORK_DIR/apt.log")"
      return 1
    fi
  fi
  rm -f "$BUILD_PACKAGES_FILE"
}

# Makes a staged payload of sources the generation that it is for.
build_generation() { # STAGING TARGET
  local dir=$1 loader=""
  [[ $(sha256_of "$dir/src/crun.tar.gz") == "$(input crun_source_sha256)" ]] || {
    rm -rf "$dir"
    die "$EXIT_VERIFICATION" "src/crun.tar.gz in the payload is not the source that crun published (sha256 $(input crun_source_sha256)); nothing was compiled"
  }
  phase build
  install_build_packages
  if ! own_c_library_is_enough "$dir"; then
    mv "$dir"/libc/* "$dir/lib/"
    loader=$2/lib/$(cd "$dir/lib" && echo ld-linux*)
  fi
  compile "$dir" "$2" "$loader"
  mkdir -p "$dir/bin"
  mv "$dir/src/out/crun" "$dir/bin/crun"
  try_crun "$dir" "$loader" || fail_build "the compiled crun does not run, or not with WasmEdge" "$WORK_DIR/try.log"
  printf 'compiler=%s\n' "$(gcc --version | head -n 1)" >>"$dir/facts"
  rm -rf "$dir/src" "$dir/libc"
  (cd "$dir" && find bin lib share -type f -exec sha256sum {} +) >"$dir/SHA256SUMS"
  phase install
}

# A newer C library runs what was made for an older one, never the other way: the newer of the two is used.
own_c_library_is_enough() { # DIR
  local own needed
  own=$(getconf GNU_LIBC_VERSION)
  needed=$(fact "$1" glibc_needed)
  [[ $(printf '%s\n' "${own##* }" "$needed" | sort -V | tail -n 1) == "${own##* }" ]]
}

# In a process namespace that goes with this shell: no compiler outlives a killed run.
compile() { # STAGING TARGET LOADER
  local seconds code=0
  seconds=$(input build_deadline_seconds 900)
  journal "compile crun"
  note "compiling crun; at most $seconds s"
  setpriv --pdeathsig KILL unshare --pid --fork --kill-child -- env -C "$1/src" nice -n 10 \
    timeout --kill-after=5 "$seconds" bash compile-crun.sh "$2" "$3" </dev/null >"$WORK_DIR/build.log" 2>&1 || code=$?
  case $code in
    0) ;;
    124 | 137) fail_build "crun was not compiled within $seconds s" "$WORK_DIR/build.log" ;;
    *) fail_build "crun could not be compiled" "$WORK_DIR/build.log" ;;
  esac
}

# Runs what was compiled where it is, with the libraries that it will find later.
try_crun() { # STAGING LOADER
  local run=("$1/bin/crun")
  [[ -z $2 ]] || run=("$1/lib/$(basename "$2")" --library-path "$1/lib" --preload "$1/lib/libwasmedge.so.0" "${run[@]}")
  [[ -n $2 ]] || run=(env LD_LIBRARY_PATH="$1/lib" LD_PRELOAD="$1/lib/libwasmedge.so.0" "${run[@]}")
  timeout 20 "${run[@]}" --version >"$WORK_DIR/try.log" 2>&1 && grep -q '+WASM:wasmedge' "$WORK_DIR/try.log"
}

# Never returns.
fail_build() { # REASON LOG
  note "the end of what it said:"
  tail -n 15 "$2" >&2 || true
  rm -rf "$INSTALL_DIR/.staging"
  release_build_packages || true
  die "$EXIT_VERIFICATION" "$1; nothing in use was changed"
}
