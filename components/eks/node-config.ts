import type { UserDataPart } from "../cloud-init";
import { PROVED_LABEL } from "../wasm-runtime";

/** What nodeadm is told of the cluster. */
export interface Membership {
  name: string;
  endpoint: string;
  certificateAuthority: string;
  serviceCidr: string;
}

/** nodeadm's units: the first writes containerd's file at every boot, the second starts containerd and kubelet. */
export const NODEADM_CONFIG_UNIT = "nodeadm-config.service";
export const NODEADM_RUN_UNIT = "nodeadm-run.service";

/**
 * The part of a node's user-data that Amazon Linux 2023's nodeadm reads. The kubelet starts with the label of proved
 * nodes, so it must not start before the proof: `NODEADM_RUN_UNIT` is to be gated.
 *
 * Nothing about containerd is said here. The runtime's section is added to the file that nodeadm has written, by the
 * transaction that proves it; a section given here would be somebody else's to that.
 */
export function nodeConfigPart({ name, endpoint, certificateAuthority, serviceCidr }: Membership): UserDataPart {
  const labels = Object.entries(PROVED_LABEL).map(([key, value]) => `${key}=${value}`);
  return {
    type: "application/node.eks.aws",
    content: JSON.stringify({
      apiVersion: "node.eks.aws/v1alpha1",
      kind: "NodeConfig",
      spec: {
        cluster: { name, apiServerEndpoint: endpoint, certificateAuthority, cidr: serviceCidr },
        kubelet: { flags: [`--node-labels=${labels.join()}`] },
      },
    }),
  };
}
