#!/bin/bash
# Fetches one commit of a git repository into an empty folder, without its history and without .git.
#
# fetch-source.sh URL REVISION FOLDER [CREDENTIALS]
#   REVISION      a full commit, or the name of a tag
#   CREDENTIALS   folder with username and password, or with ssh-privatekey and known_hosts
set -euo pipefail
export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1

main() {
  local url=$1 revision=$2 folder=$3 credentials=${4:-}
  command -v git >/dev/null || die "this image has no git; give the build's source an image that has"
  GIT_CONFIG_GLOBAL=$(mktemp)
  export GIT_CONFIG_GLOBAL
  [[ -z $credentials ]] || log_in "$url" "$credentials"
  # Nothing else tells before it is asked that a repository names its commits so. An older git does not know it.
  [[ ! $revision =~ ^[0-9a-f]{64}$ ]] || export GIT_DEFAULT_HASH=sha256
  git init --quiet --template= "$folder"
  cd "$folder"
  git remote add source "$url"
  if [[ $revision =~ ^([0-9a-f]{40}|[0-9a-f]{64})$ ]]; then fetch_commit "$revision"; else fetch_tag "$revision"; fi
  printf 'source: %s at %s\n' "$url" "$(git rev-parse HEAD)"
  rm -rf .git
}

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# No password is on a command line: git asks for it, and a file answers.
log_in() { # URL CREDENTIALS
  local origin
  if [[ -e $2/ssh-privatekey ]]; then
    export GIT_SSH_COMMAND="ssh -F none -i $2/ssh-privatekey -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$2/known_hosts"
    return
  fi
  # For this server only: another, to which it may send us on, is told nothing.
  origin=$(sed -E 's#^([a-z]+://[^/]+).*#\1#' <<<"$1")
  # shellcheck disable=SC2016  # git's shell reads the files, each time that it is asked to
  git config --global "credential.$origin.helper" \
    '!answer() { [ "$1" != get ] || printf "username=%s\npassword=%s\n" "$(cat '"$2"'/username)" "$(cat '"$2"'/password)"; }; answer'
}

fetch_commit() { # COMMIT
  # Not every server gives out a commit that is no branch's last.
  git fetch --quiet --depth 1 source "$1" 2>/dev/null ||
    git fetch --quiet source '+refs/heads/*:refs/remotes/source/*' '+refs/tags/*:refs/tags/*'
  git checkout --quiet --detach "$1" || die "the repository has no commit $1"
}

fetch_tag() { # TAG
  git fetch --quiet --depth 1 source "refs/tags/$1" ||
    die "no tag $1 could be fetched; a revision is a full commit or a tag, because a branch is another source each day"
  git checkout --quiet --detach FETCH_HEAD
}

main "$@"
