import type { NodeRollRequest } from "../../components/node-daemonset";
import { readRequest } from "../request";
import { Client } from "../toolchain/plugins/kubernetes/client";
import { access } from "../toolchain/plugins/kubernetes/kubeconfig";
import { DeliveryCluster } from "./cluster";
import { awaitProved, giveBack } from "./follow";

/**
 * What the command that `components/node-daemonset` runs does: `await` prints the proved nodes as JSON, `remove` has
 * them given back. 0 when that is so, 1 with the reason on standard error, 2 for another verb.
 */
export async function main([verb = ""]: readonly string[]): Promise<number> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  if (verb !== "await" && verb !== "remove") {
    report(`"${verb}" is neither await nor remove; the component that runs this command says which`);
    return 2;
  }
  const giveUp = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => giveUp.abort());
  try {
    const request = readRequest<NodeRollRequest>();
    const client = new Client(access({ kubeconfig: request.kubeconfig }));
    try {
      const cluster = new DeliveryCluster(client, request);
      const { generation, timeoutSeconds } = request;
      const following = { generation, timeoutMs: timeoutSeconds * 1000, report, signal: giveUp.signal };
      if (verb === "remove") await giveBack(cluster, following);
      else process.stdout.write(JSON.stringify(await awaitProved(cluster, following)));
      return 0;
    } finally {
      client.close();
    }
  } catch (error) {
    report((error as Error).message);
    return 1;
  }
}
