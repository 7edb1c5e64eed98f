/** A node on which the runtime was proved, as its object in the cluster says. */
export interface DeliveredNode {
  /** Name in Kubernetes. */
  name: string;
  /** Its address inside the cluster's network; empty where the cluster tells none. */
  address: string;
  versions: { crun: string; wasmedge: string; containerd: string };
  /** `sha256:…` of the payload that was proved. */
  payloadDigest: string;
  /** Time of the proof, ISO 8601. */
  provedAt: string;
}

/**
 * What the command that follows a roll prints.
 *
 * @throws when it is not that
 */
export function parseDeliveredNodes(stdout: string): DeliveredNode[] {
  let nodes: unknown;
  try {
    nodes = JSON.parse(stdout);
  } catch {
    throw new Error(`the roll of the runtime ended with no JSON: ${JSON.stringify(stdout.slice(0, 200))}`);
  }
  if (!Array.isArray(nodes) || nodes.some(({ name, provedAt }) => !name || !provedAt))
    throw new Error(`the roll of the runtime ended with no proof: ${stdout.slice(0, 200)}`);
  return nodes as DeliveredNode[];
}
