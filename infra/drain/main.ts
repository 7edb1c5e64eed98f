import type { DrainRequest } from "../../components/cluster/drain";
import { readRequest } from "../request";
import { Client } from "../toolchain/plugins/kubernetes/client";
import { access } from "../toolchain/plugins/kubernetes/kubeconfig";
import { drainNode } from "./drain";

/** What the command that `components/cluster` runs does: 0 when the node is empty, 1 with the reason on standard error. */
export async function main(): Promise<number> {
  try {
    await drainUnlessEnded(readRequest<DrainRequest>());
    return 0;
  } catch (error) {
    say((error as Error).message);
    return 1;
  }
}

/**
 * Empties a node, or gives up in order when this process is told to end: the node would take no pods for good, and the
 * next drain would take that for somebody else's wish.
 *
 * @throws also when it gave up
 */
export async function drainUnlessEnded(request: DrainRequest): Promise<void> {
  const giveUp = new AbortController();
  // Each time: npm passes on a Ctrl-C that the terminal has sent here already.
  const stop = (): void => giveUp.abort();
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    await drain(request, giveUp.signal);
  } catch (error) {
    throw giveUp.signal.aborted
      ? new Error(`drain of node ${request.node}: ended before the node was empty; it takes pods again`)
      : error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Empties a node and tells about it on standard error. */
async function drain({ kubeconfig, node, timeoutSeconds }: DrainRequest, signal?: AbortSignal): Promise<void> {
  const client = new Client(access({ kubeconfig }));
  try {
    const told = await drainNode(client, { node, timeoutMs: timeoutSeconds * 1000, report: say, signal });
    if (told > 0) say(`${told} pod(s) left node ${node} before its machine goes`);
  } finally {
    client.close();
  }
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
