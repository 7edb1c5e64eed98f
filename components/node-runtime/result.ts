/** What the transaction prints, decoded: one line of JSON. */
export interface NodeRuntimeResult {
  /** False when there was nothing to do. */
  changed: boolean;
  /** Whether containerd was restarted. */
  restarted: boolean;
  /** Name of the generation in use. */
  generation: string;
  /** `sha256:…` of the payload. */
  payloadDigest: string;
  /** Time of the last proof, ISO 8601. */
  provedAt: string;
  versions: { crun: string; wasmedge: string; crictl: string; containerd: string };
  /** Schema of containerd's file that the block is written in. */
  configSchema: number;
  cgroupDriver: string;
  handler: string;
  /** Duration of each phase of the run that printed it. */
  milliseconds: Record<string, number>;
}

/** @throws when it is not what the script prints. */
export function parseNodeRuntimeResult(stdout: string): NodeRuntimeResult {
  let result: Partial<NodeRuntimeResult>;
  try {
    result = JSON.parse(stdout) as Partial<NodeRuntimeResult>;
  } catch {
    throw new Error(`the runtime's script printed no JSON: ${JSON.stringify(stdout.slice(0, 200))}`);
  }
  if (!result.provedAt || !result.versions)
    throw new Error(`the runtime's script printed no proof: ${stdout.slice(0, 200)}`);
  return result as NodeRuntimeResult;
}
