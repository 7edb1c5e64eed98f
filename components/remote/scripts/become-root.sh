#!/bin/bash
# Runs the script that follows on standard input in a shell of root's, with this one's arguments.
#
# Standard input: how sudo is asked, a line, `sudo=none` or `sudo=asks`. After the latter the password, twice, a line each:
# one to try it, one that sudo takes by itself. Then the mark below, and what root's shell runs.
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Whether sudo takes the password or needs none on this machine, what it leaves of it stops here.
script_after_mark() {
  local line
  while IFS= read -r line; do
    [[ $line != "#ofwasm-as-root" ]] || exec bash -s "$@"
  done
  echo "error: the script did not arrive whole; run this again" >&2
  return 1
}

main() {
  local way password="" said root_shell
  IFS= read -r way
  [[ $way != sudo=asks ]] || IFS= read -r password
  if [[ $EUID == 0 ]]; then
    script_after_mark "$@"
    exit
  fi
  root_shell="$(declare -f script_after_mark); script_after_mark \"\$@\""
  command -v sudo >/dev/null ||
    fail "sudo is not on this machine, and $(id -un) is not root; install sudo, or log in as root"
  if [[ $way != sudo=asks ]]; then
    said=$(sudo -n true 2>&1 </dev/null) ||
      fail "$(id -un) may not become root without a password ($(tail -n 1 <<<"$said")); give sudoPassword, or write NOPASSWD into the machine's sudoers"
    exec sudo -n bash -c "$root_shell" bash "$@"
  fi
  # One try, on its own input: asked a second time, sudo would take the script's first lines for passwords.
  said=$(printf '%s\n' "$password" | sudo -k -S -p "" true 2>&1) ||
    fail "sudo does not let $(id -un) become root ($(tail -n 1 <<<"$said")); check sudoPassword, and that sudoers lets the user run everything"
  password=""
  exec sudo -k -S -p "" bash -c "$root_shell" bash "$@"
}

main "$@"
