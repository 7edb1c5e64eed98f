#!/bin/bash
# Prints what the cluster of this control plane can be made again from, lines of JSON: first versions and the machine's
# own files, then what etcd sends of a snapshot. All of it is secret. Changes nothing.
# shellcheck source=common.sh
source "${BASH_SOURCE%/*}/common.sh"
# shellcheck source=etcd.sh
source "${BASH_SOURCE%/*}/etcd.sh"

snapshot() {
  local version machine
  read_inputs
  need_inputs cluster_id cluster_name role
  need_finished_cluster
  # Not as arguments of printf, which would hide that one failed.
  version=$(etcd_request /version --max-time 10)
  machine=$(machine_files | base64 -w 0)
  printf '{"etcd":%s,"machine":"%s"}\n' "$version" "$machine"
  # No limit on the whole, which is as long as the database is large; a stream that stands still ends.
  etcd_request /v3/maintenance/snapshot --data '{}' --no-buffer --speed-limit 1 --speed-time 60
}

# Certificate authorities, keys and kubeconfigs, and what this program noted down of the cluster.
machine_files() {
  # 1 says no more than that a file changed meanwhile.
  tar -C / -cz --warning=no-file-changed --exclude=etc/kubernetes/tmp etc/kubernetes "${STATE_DIR#/}" || (($? == 1))
}

snapshot
