# shellcheck shell=bash
# The node marks itself, with the certificate that its kubelet has: a node may change labels and annotations of its own
# as long as they are none of Kubernetes'.

readonly KUBELET_CONFIG=/etc/kubernetes/kubelet.conf

# Waits for the kubelet to have its certificate and its node.
mark_node() {
  local patch=prepared
  until [[ -e $KUBELET_CONFIG ]] && patch=$(node_patch) && send_patch "$patch"; do
    [[ $SECONDS -lt $(input deadline_seconds) ]] ||
      die "$EXIT_REFUSED" "the node could not be marked as able to run WebAssembly within $(input deadline_seconds) s"
    sleep 1
  done
}

# The patch with what was proved in the place of %name%.
node_patch() {
  local patch name
  patch=$(input node_mark)
  for name in crun wasmedge containerd payloadDigest provedAt; do
    patch=${patch//%$name%/$(json_member "$name" "$(cat result)")}
  done
  printf '%s' "$patch"
}

send_patch() { # PATCH
  local server certificate name
  server=$(kubelet_value server)
  certificate=$(kubelet_value client-certificate)
  name=$(openssl x509 -noout -subject -nameopt multiline -in "$certificate" | sed -n 's/^ *commonName *= system:node://p') || return 1
  curl --fail --silent --show-error --max-time 10 --output /dev/null --request PATCH \
    --cacert <(kubelet_value certificate-authority-data | base64 -d) --cert "$certificate" \
    --header "Content-Type: application/merge-patch+json" --data "$1" "$server/api/v1/nodes/$name?fieldManager=ofwasm"
}

kubelet_value() { # KEY
  sed -n "s/^[ -]*$1: *//p" "$KUBELET_CONFIG" | head -n 1
}
