import { formatAddress, formatCidr, parseCidr } from "../node-pool/network";

/** Where pods get their addresses from, unless told otherwise. */
export const DEFAULT_POD_CIDR = "10.244.0.0/16";

/** Where services get their addresses from, unless told otherwise. */
export const DEFAULT_SERVICE_CIDR = "10.96.0.0/12";

/** Size of one machine's part of the pod network. */
const NODE_PREFIX_LENGTH = 24;

/** Host number of the cluster's DNS service, as kubeadm has it. */
const DNS_HOST = 10;

/** How many machines the pod network has room for. */
export function nodeCapacity(podCidr: string): number {
  const { prefixLength } = parseCidr(podCidr);
  return prefixLength > NODE_PREFIX_LENGTH ? 0 : 2 ** (NODE_PREFIX_LENGTH - prefixLength);
}

/**
 * The /24 of machine `index`; never depends on how many machines there are.
 *
 * @throws when the pod network has none for it.
 */
export function nodePodCidr(podCidr: string, index: number): string {
  const capacity = nodeCapacity(podCidr);
  if (!Number.isInteger(index) || index < 0 || index >= capacity)
    throw new Error(
      `machine number ${index}: pod network ${podCidr} has a /24 for ${capacity} machines; use fewer or a larger network`,
    );
  const base = parseCidr(podCidr).base + index * 2 ** (32 - NODE_PREFIX_LENGTH);
  return formatCidr({ base, prefixLength: NODE_PREFIX_LENGTH });
}

/** Address of the cluster's DNS service: the tenth of the service network. */
export const dnsAddress = (serviceCidr: string): string => formatAddress(parseCidr(serviceCidr).base + DNS_HOST);
