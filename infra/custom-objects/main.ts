import type { CustomObjectsRequest } from "../../components/platform";
import { readRequest } from "../request";
import { Client } from "../toolchain/plugins/kubernetes/client";
import { access } from "../toolchain/plugins/kubernetes/kubeconfig";
import { removeCustomObjects } from "./remove";

/** What the command that `components/platform` runs does: 0 when all are gone, 1 with the reason on standard error. */
export async function main(): Promise<number> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    const { kubeconfig, kinds, timeoutSeconds } = readRequest<CustomObjectsRequest>();
    const client = new Client(access({ kubeconfig }));
    try {
      const removed = await removeCustomObjects(client, { kinds, timeoutMs: timeoutSeconds * 1000, report });
      if (removed > 0) report(`${removed} object(s) deleted while their controllers ran`);
      return 0;
    } finally {
      client.close();
    }
  } catch (error) {
    report(`custom objects could not be removed: ${(error as Error).message}`);
    return 1;
  }
}
