# shellcheck shell=bash
# Shared by scripts that do one thing on a machine: how they end with a reason, and what they are given, as key=value
# lines on standard input that are never evaluated.
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

declare -A INPUT=()

read_inputs() { # KEY…, each of which must be given
  local line key
  while IFS= read -r line || [[ -n $line ]]; do
    INPUT[${line%%=*}]=${line#*=}
  done
  for key; do
    [[ -n ${INPUT[$key]:-} ]] || die "input \"$key\" is missing; this script is run by the program, which gives it"
  done
}
