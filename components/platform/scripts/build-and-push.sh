#!/bin/bash
# The step of the ClusterBuildStrategy wasmedge: a Dockerfile in, an image in a registry out.
#
# build-and-push.sh FLAG VALUE… …
#   --context DIR --dockerfile FILE --image NAME   what is built, and the name under which it is pushed
#   --build-args NAME=VALUE…                       for the Dockerfile's ARGs
#   --registries-search HOST…                      where an unqualified name is looked for
#   --registries-insecure HOST…                    reached without checked TLS
#   --registries-block HOST…                       never pulled from
#   --digest-file, --reason-file, --message-file FILE   Shipwright's results
#   --storage DRIVER --isolation KIND              buildah's, where the pod is not privileged
set -euo pipefail

declare -A GIVEN=()
BUILD_ARGS=() SEARCH=() INSECURE=() BLOCK=()

main() {
  parse "$@"
  cd "${GIVEN[context]}" 2>/dev/null ||
    refuse ContextDirNotFound "the source has no folder ${GIVEN[context]}; set the build's contextDir"
  [[ -f ${GIVEN[dockerfile]} ]] ||
    refuse DockerfileNotFound "${GIVEN[context]} has no file ${GIVEN[dockerfile]}; set the build's dockerfile"
  local work configuration
  work=$(mktemp -d)
  configuration=$work/registries.conf
  registries_conf >"$configuration"
  printf 'registries.conf:\n%s\n' "$(<"$configuration")"
  reported "$work/errors" ImageBuildFailed build "$configuration"
  reported "$work/errors" ImagePushFailed push "$configuration"
}

parse() {
  local name=""
  while (($# > 0)); do
    case $1 in
      --build-args | --registries-search | --registries-insecure | --registries-block) name=$1 ;;
      --context | --dockerfile | --image | --digest-file | --reason-file | --message-file | --storage | --isolation)
        # The lists come last, so that no member of one can pass for a flag.
        [[ -z $name && $# -ge 2 ]] || refuse BadArguments "\"$1\" among the values of ${name:-"flags, without a value"}"
        GIVEN[${1#--}]=$2
        shift
        ;;
      *) add "$name" "$1" ;;
    esac
    shift
  done
}

add() { # LIST VALUE
  # An empty list of parameters arrives as one empty argument.
  [[ -n $2 ]] || return 0
  case $1 in
    --build-args)
      [[ $2 =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || refuse BadArguments "build-args: \"$2\" is not NAME=VALUE"
      BUILD_ARGS+=("$2")
      return
      ;;
    "") refuse BadArguments "argument \"$2\" belongs to no flag" ;;
  esac
  [[ $2 =~ ^[A-Za-z0-9*][A-Za-z0-9.:/_*-]*$ ]] || refuse BadArguments "${1#--}: \"$2\" is not the name of a registry"
  case $1 in
    --registries-search) SEARCH+=("$2") ;;
    --registries-insecure) INSECURE+=("$2") ;;
    --registries-block) BLOCK+=("$2") ;;
  esac
}

refuse() { # REASON MESSAGE
  printf '%s: %s\n' "$1" "$2" >&2
  failed "$1" "$2"
}

failed() { # REASON MESSAGE
  printf '%s' "$1" >"${GIVEN[reason-file]:-/dev/null}"
  # All results together have 4096 bytes.
  printf '%s' "${2:0:1000}" >"${GIVEN[message-file]:-/dev/null}"
  exit 1
}

# Runs a command; when it fails, what it said last, or said was an error, becomes the message.
reported() { # FILE REASON COMMAND…
  local errors=$1 reason=$2 status=0
  shift 2
  "$@" 2> >(tee "$errors" >&2) || status=$?
  # It may not have written everything yet.
  wait "$!"
  ((status == 0)) || failed "$reason" "$(grep --max-count=1 '^Error' "$errors" || tail --lines=1 "$errors")"
}

# Always written, whether a list has something in it or not.
registries_conf() {
  local host
  printf 'unqualified-search-registries = [%s]\n' "$(quoted "${SEARCH[@]}")"
  # One table for a host: two that differ are an error.
  while read -r host; do
    printf '[[registry]]\nlocation = "%s"\n' "$host"
    if listed "$host" "${INSECURE[@]}"; then printf 'insecure = true\n'; fi
    if listed "$host" "${BLOCK[@]}"; then printf 'blocked = true\n'; fi
  done < <(printf '%s\n' "${INSECURE[@]}" "${BLOCK[@]}" | sort -u | grep .)
}

listed() { # VALUE LIST…
  local value=$1 member
  shift
  for member; do [[ $member != "$value" ]] || return 0; done
  return 1
}

quoted() { # VALUE…
  local value separator=""
  for value; do
    printf '%s"%s"' "$separator" "$value"
    separator=", "
  done
}

run_buildah() {
  buildah ${GIVEN[storage]:+--storage-driver "${GIVEN[storage]}"} "$@"
}

build() { # REGISTRIES_CONF
  local argument arguments=()
  for argument in "${BUILD_ARGS[@]}"; do arguments+=(--build-arg "$argument"); done
  run_buildah bud ${GIVEN[isolation]:+--isolation "${GIVEN[isolation]}"} "${arguments[@]}" \
    --annotation module.wasm.image/variant=compat-smart --registries-conf "$1" \
    --tag "${GIVEN[image]}" --file "${GIVEN[dockerfile]}" .
}

push() { # REGISTRIES_CONF
  local host verify=true
  for host in "${INSECURE[@]}"; do
    if [[ ${GIVEN[image]} == "$host"/* ]]; then verify=false; fi
  done
  run_buildah push --registries-conf "$1" --tls-verify="$verify" --digestfile "${GIVEN[digest-file]}" \
    "${GIVEN[image]}" "docker://${GIVEN[image]}"
}

main "$@"
