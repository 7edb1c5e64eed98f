import { setTimeout as sleep } from "node:timers/promises";
import { ABSENT, type DeliveredNode } from "../../components/node-daemonset";
import type { DeliveryCluster, Stop } from "./cluster";

/** How often the cluster is asked. */
const LOOK_MS = 1_000;

/** What followers need of a cluster, so that they can be tried without one. */
export type Followed = Pick<
  DeliveryCluster,
  "progress" | "stop" | "touched" | "delivered" | "troubles" | "retry" | "want"
>;

export interface Following {
  generation: string;
  timeoutMs: number;
  /** Told what is waited for, each time that it changes. */
  report: (line: string) => void;
  /** Ends the waiting. */
  signal?: AbortSignal;
}

/**
 * Waits until every node that is to have a pod is proved. A wish to have the nodes given back, which an unfinished
 * `giveBack` left, is over with that.
 *
 * A stop that was there before is tried again once, at once: that is why this was run again.
 *
 * @throws with the node and the reason as soon as the roll is stopped, or with what is waited for when time is over
 */
export async function awaitProved(cluster: Followed, following: Following): Promise<DeliveredNode[]> {
  const { generation, report } = following;
  await cluster.want(false);
  const before = await cluster.stop(generation);
  if (before !== undefined) {
    report(`node ${before.node} stopped the last roll (${before.reason}); it is tried again`);
    await cluster.retry(before);
  }
  return untilDone(following, before, {
    stop: () => cluster.stop(generation),
    stopped: (stop) =>
      `node ${stop.node} stopped the roll of the runtime: ${stop.reason}\n` +
      "Nodes after it are as they were, nodes before it have the new runtime. Mend the node, then run this again.",
    async look(): Promise<Look<DeliveredNode[]>> {
      const { observed, wanted, ready } = await cluster.progress();
      if (!observed) return { waitsFor: "the DaemonSet's controller has not seen the change yet" };
      const nodes = await cluster.delivered();
      if (wanted === 0)
        return { waitsFor: "no node is to have the runtime: is there one of the payload's architecture and labels?" };
      if (ready >= wanted && nodes.length >= wanted) return { done: nodes };
      const waits = [`${nodes.length} of ${wanted} nodes are proved`, ...(await cluster.troubles())];
      return { waitsFor: waits.join("; ") };
    },
  });
}

/**
 * Has the pods give every node back, and waits until none has anything of ours.
 *
 * @throws with the node and the reason when one cannot be given back; the nodes are then to have the runtime again,
 *   because the DaemonSet stays
 */
export async function giveBack(cluster: Followed, following: Following): Promise<void> {
  const before = await cluster.stop(ABSENT);
  try {
    await cluster.want(true);
    if (before !== undefined) await cluster.retry(before);
    await untilDone(following, before, {
      stop: () => cluster.stop(ABSENT),
      stopped: (stop) => `node ${stop.node} cannot be given back: ${stop.reason}\nMend that, then run this again.`,
      async look(): Promise<Look<true>> {
        const nodes = await cluster.touched();
        return nodes.length === 0 ? { done: true } : { waitsFor: `still to be given back: ${nodes.join(", ")}` };
      },
    });
  } catch (error) {
    await cluster.want(false);
    throw error;
  }
}

/** What a look at the cluster found. */
type Look<T> = { done: T } | { waitsFor: string };

interface Goal<T> {
  stop(): Promise<Stop | undefined>;
  stopped(stop: Stop): string;
  look(): Promise<Look<T>>;
}

async function untilDone<T>(
  { timeoutMs, report, signal }: Following,
  before: Stop | undefined,
  { stop, stopped, look }: Goal<T>,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (let said = ""; ; await pause(signal)) {
    const found = await look();
    if ("done" in found) return found.done;
    if (found.waitsFor !== said) report(found.waitsFor);
    said = found.waitsFor;
    const now = await stop();
    // The old one is on record until its successor has come to an end.
    if (now !== undefined && now.pod !== before?.pod) throw new Error(stopped(now));
    if (signal?.aborted) throw new Error(`ended before it was done: ${found.waitsFor}`);
    if (Date.now() > end) throw new Error(`not done after ${Math.round(timeoutMs / 1000)} s: ${found.waitsFor}`);
  }
}

/** Shorter where a signal comes. */
const pause = (signal?: AbortSignal): Promise<void> => sleep(LOOK_MS, undefined, { signal }).catch(() => {});
