# shellcheck shell=bash disable=SC2034 # what the parts share looks unused in each of them
# The API server as a pod reaches it, with curl and the service account's token. There is no JSON parser here: what is
# read are single texts by their unique keys, of objects whose answer is one line.

readonly ACCOUNT=${ACCOUNT:-/var/run/secrets/kubernetes.io/serviceaccount}
readonly METADATA="application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

# For one answer: a connection may hang instead of failing.
readonly ANSWER_SECONDS=20

# The last answer: its code, 000 where there is none, and its text.
STATUS=000
BODY=""
# Where a function gives a text.
REPLY=""

api_address() {
  local host=$KUBERNETES_SERVICE_HOST
  [[ $host != *:* ]] || host="[$host]"
  printf 'https://%s:%s' "$host" "$KUBERNETES_SERVICE_PORT"
}

# Fails for an answer that is no success. The token is read for each request, because it is replaced while the pod
# runs, and is on no command line. The server indents for programs called curl.
api() { # METHOD PATH [JSON [CONTENT-TYPE]]; ACCEPT says the form of the answer
  local answer options=()
  if [[ $# -gt 2 ]]; then options=(--header "Content-Type: ${4:-application/json}" --data-binary @-); fi
  if ! answer=$(printf '%s' "${3-}" | curl --silent --show-error --user-agent ofwasm --max-time "$ANSWER_SECONDS" \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$(<"$ACCOUNT/token")") --cacert "$ACCOUNT/ca.crt" \
    --header "Accept: ${ACCEPT:-application/json}" --request "$1" "${options[@]}" --write-out '\n%{http_code}' \
    "$(api_address)$2"); then
    STATUS=000 BODY=""
    return 1
  fi
  STATUS=${answer##*$'\n'}
  BODY=${answer%$'\n'*}
  [[ $STATUS == 2?? ]]
}

merge() { # PATH JSON
  api PATCH "$1" "$2" application/merge-patch+json
}

# The first text under a key of the last answer, as JSON writes it, in REPLY; empty where there is none.
text_of() { # KEY
  local pattern='"'$1'":"(([^"\]|\\.)*)"'
  REPLY=""
  [[ ! $BODY =~ $pattern ]] || REPLY=${BASH_REMATCH[1]}
}

# One line without anything that a terminal would obey.
json_text() { # TEXT
  local text=${1//[[:cntrl:]]/ }
  text=${text//\\/\\\\}
  REPLY="\"${text//\"/\\\"}\""
}
