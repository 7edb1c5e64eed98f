#!/bin/sh
# Asks a function until it answers as it should, or until time is up. The reason for the last failure goes where
# Kubernetes reads why a container ended. Any POSIX shell with curl, date, sleep and tee will do.
#
#   VERIFY_URL       what is asked
#   VERIFY_SECONDS   how long to go on
#   VERIFY_BODY      what is sent, with POST; not set: GET
#   VERIFY_EXPECT    the whole body that must come back; not set: any body, with a status of 200 to 299
#   VERIFY_ANY       set: any status below 500 will do, for a function of which nothing else is known
#   VERIFY_GATEWAY   set: a gateway stands before the function; its 404 is no answer where any other would do
#   VERIFY_REASON    file for the reason
set -u

# Seconds for one request; a function that starts from nothing may need some.
REQUEST=10

main() {
  begun=$(date +%s)
  while :; do
    if answered; then
      printf '%s answered\n' "$VERIFY_URL"
      exit 0
    fi
    [ $(($(date +%s) - begun)) -lt "$VERIFY_SECONDS" ] || break
    sleep 1
  done
  # The message has room for 4096 bytes.
  printf '%.1500s\n' "no right answer within $VERIFY_SECONDS s: $reason" | tee "$VERIFY_REASON" >&2
  exit 1
}

answered() {
  # The last line is the status: what stands before it is the body, line ends and all.
  if ! text=$(request 2>&1); then
    # Its message is a line among the marks for a body that did not come.
    reason=${text#*curl: }
    reason="$VERIFY_URL: ${reason%%"
"*}"
    return 1
  fi
  status=${text##*"
"}
  body=${text%"
$status"}
  if ! is_answer "$status"; then
    reason="$VERIFY_URL answered with status $status: $(excerpt "$body")"
    return 1
  fi
  [ -n "${VERIFY_EXPECT+set}" ] || return 0
  [ "$body" != "$VERIFY_EXPECT" ] || return 0
  reason="$VERIFY_URL answered \"$(excerpt "$body")\", expected \"$(excerpt "$VERIFY_EXPECT")\""
  return 1
}

is_answer() {
  case ${VERIFY_ANY+any}${VERIFY_GATEWAY+-gateway}:$1 in
    *:2??) return 0 ;;
    any-gateway:404) return 1 ;;
    any*:[1-4]??) return 0 ;;
    *) return 1 ;;
  esac
}

request() {
  if [ -n "${VERIFY_BODY+set}" ]; then
    curl -sS --max-time "$REQUEST" -w '\n%{http_code}' -H 'Content-Type: application/octet-stream' \
      --data-raw "$VERIFY_BODY" "$VERIFY_URL"
  else
    curl -sS --max-time "$REQUEST" -w '\n%{http_code}' "$VERIFY_URL"
  fi
}

excerpt() {
  printf '%.200s' "$1"
}

main
