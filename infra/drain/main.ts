import type { DrainRequest } from "../../components/cluster/drain";
import { readRequest } from "../request";
import { Client } from "../toolchain/plugins/kubernetes/client";
import { access } from "../toolchain/plugins/kubernetes/kubeconfig";
import { drainNode } from "./drain";

/** What the command that `components/cluster` runs does: 0 when the node is empty, 1 with the reason on standard error. */
export async function main(): Promise<number> {
  const giveUp = new AbortController();
  process.once("SIGTERM", () => giveUp.abort());
  try {
    await drain(readRequest<DrainRequest>(), giveUp.signal);
    return 0;
  } catch (error) {
    say(giveUp.signal.aborted ? "ended before the node was empty; it takes pods again" : (error as Error).message);
    return 1;
  }
}

/** Empties a node and tells about it on standard error. */
export async function drain({ kubeconfig, node, timeoutSeconds }: DrainRequest, signal?: AbortSignal): Promise<void> {
  const client = new Client(access({ kubeconfig }));
  try {
    const told = await drainNode(client, { node, timeoutMs: timeoutSeconds * 1000, report: say, signal });
    if (told > 0) say(`${told} pod(s) left node ${node} before its machine goes`);
  } finally {
    client.close();
  }
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
