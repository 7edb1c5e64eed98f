# shellcheck shell=bash
# Downloads that are pinned by their SHA-256, and requests that are signed with the role of an EC2 instance. No key is
# ever in an argument list: curl reads them as its configuration.

# Of the empty text, which is what a GET sends.
readonly EMPTY_SHA256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

# The longest pause between two attempts.
readonly LONGEST_PAUSE=15

curl_with() { # CONFIG ARGUMENT…
  local config=$1
  shift
  curl --fail --silent --show-error --connect-timeout 10 --speed-limit 1 --speed-time 30 --config <(printf '%s\n' "$config") "$@"
}

download_all() {
  local key sha256 name region url
  for key in "${!INPUT[@]}"; do
    [[ $key == download_* ]] || continue
    read -r sha256 name region url <<<"${INPUT[$key]}"
    download "$sha256" "$name" "$region" "$url"
  done
}

# Tries until the deadline; what comes and is not what was announced will not be it next time either.
download() { # SHA256 NAME REGION URL
  local pause=1 found
  if [[ -f $2 && $(sha256_of "$2") == "$1" ]]; then return 0; fi
  until get "$3" "$4" "$2.part"; do
    [[ $((SECONDS + pause)) -lt $(input deadline_seconds) ]] ||
      die "$EXIT_VERIFICATION" "$4 could not be fetched within $(input deadline_seconds) s"
    note "$4: trying again in $pause s"
    sleep "$pause"
    pause=$((pause * 2 < LONGEST_PAUSE ? pause * 2 : LONGEST_PAUSE))
  done
  found=$(sha256_of "$2.part")
  if [[ $found != "$1" ]]; then
    rm -f "$2.part"
    die "$EXIT_VERIFICATION" "$4 has sha256 $found, and $1 was announced; nothing was installed"
  fi
  sync "$2.part"
  mv -f "$2.part" "$2"
}

get() { # REGION URL FILE
  local config=""
  if [[ $1 == - ]]; then
    curl_with "" --location --output "$3" "$2"
  else
    config=$(signing "$1" s3) || return 1
    curl_with "$config"$'\n'"header = \"x-amz-content-sha256: $EMPTY_SHA256\"" --output "$3" "$2"
  fi
}

# The instance's metadata, asked with a session token (IMDSv2).
metadata() { # PATH
  local base token
  base="$(input imds)/latest"
  token=$(curl_with 'header = "X-aws-ec2-metadata-token-ttl-seconds: 300"' --request PUT "$base/api/token") || return 1
  curl_with "header = \"X-aws-ec2-metadata-token: $token\"" "$base/meta-data/$1"
}

# curl's configuration for a request that is signed with the instance's role.
signing() { # REGION SERVICE
  local role keys
  role=$(metadata iam/security-credentials/) || return 1
  keys=$(metadata "iam/security-credentials/$role") || return 1
  printf 'aws-sigv4 = "aws:amz:%s:%s"\nuser = "%s:%s"\nheader = "x-amz-security-token: %s"' "$1" "$2" \
    "$(json_member AccessKeyId "$keys")" "$(json_member SecretAccessKey "$keys")" "$(json_member Token "$keys")"
}

json_member() { # NAME JSON: a text without escapes
  sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p" <<<"$2" | head -n 1
}

# Lets an Auto Scaling group go on with this instance, or replace it. A group that waits in vain does the latter anyway.
signal_group() { # CONTINUE | ABANDON
  [[ -n $(input lifecycle_hook) ]] || return 0
  complete_lifecycle_action "$1" ||
    note "the group $(input lifecycle_group) was not told $1; it goes on when its hook's time is over"
}

complete_lifecycle_action() { # RESULT
  local config instance region
  region=$(input lifecycle_region)
  instance=$(metadata instance-id) || return 1
  config=$(signing "$region" autoscaling) || return 1
  curl_with "$config" --output /dev/null --retry 3 --data \
    "Action=CompleteLifecycleAction&AutoScalingGroupName=$(input lifecycle_group)&InstanceId=$instance&LifecycleActionResult=$1&LifecycleHookName=$(input lifecycle_hook)&Version=2011-01-01" \
    "https://autoscaling.$region.$(metadata services/domain)/"
}
