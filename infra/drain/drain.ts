import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../toolchain/plugins/kubernetes/client";
import { ApiError, isGone, message } from "../toolchain/plugins/kubernetes/errors";
import { listAll } from "../toolchain/plugins/kubernetes/listing";
import { at, objectsAt, type Properties, textAt } from "../toolchain/plugins/kubernetes/values";
import { isReady, type LeavingPod, leavingPods } from "./pods";

export interface Drain {
  node: string;
  /** How long the pods may take to leave, in milliseconds. */
  timeoutMs: number;
  /** Told what is waited for, each time that it changes. */
  report: (line: string) => void;
  /** Gives up: the node takes pods again. */
  signal?: AbortSignal;
}

const LOOK_MS = 500;

/** A cluster that does not answer for this long is not only starting anew. */
const TROUBLE_MS = 60_000;

/**
 * Empties a node: it takes no more pods, and its pods are evicted, each as soon as its disruption budget allows.
 *
 * Where the node is gone, or its kubelet does not report, nothing can be done for its pods and nothing is waited for.
 *
 * @returns how many pods were told to go
 * @throws when some are left after the deadline: names them, with what keeps each; the node takes pods again
 */
export async function drainNode(client: Client, drain: Drain): Promise<number> {
  const path = `/api/v1/nodes/${drain.node}`;
  const node = await found(client, path, drain);
  if (node === undefined) return 0;
  const cordoned = at(node, "spec", "unschedulable") === true;
  if (!cordoned) await setUnschedulable(client, path, true);
  try {
    return await evictAll(client, path, drain);
  } catch (error) {
    // Nobody else would ever do it: the machine stays, and the program does not know the field.
    if (!cordoned) await setUnschedulable(client, path, null).catch(() => {});
    throw error;
  }
}

async function evictAll(client: Client, path: string, drain: Drain): Promise<number> {
  const { node, timeoutMs, report, signal } = drain;
  const end = Date.now() + timeoutMs;
  const told = new Set<string>();
  for (let said = ""; ; await sleep(LOOK_MS, undefined, { signal })) {
    const live = await found(client, path, drain);
    if (live === undefined) return told.size;
    const pods = leavingPods(await podsOn(client, drain));
    if (pods.length === 0) return told.size;
    if (!isReady(live)) {
      report(`node ${node} does not report, so its ${pods.length} pod(s) are not waited for`);
      return told.size;
    }
    const waits: string[] = [];
    for (const pod of pods) {
      const refusal = pod.ending ? undefined : await evict(client, pod, signal);
      if (refusal === undefined && !pod.ending) announce(pod, told, report);
      waits.push(`${pod.title}: ${refusal ?? "was told to end and has not yet"}`);
    }
    if (Date.now() > end) throw new Error(stuck(node, waits, timeoutMs));
    const now = waits.join("\n");
    if (now !== said) report(now);
    said = now;
  }
}

function announce({ title, uid, alone }: LeavingPod, told: Set<string>, report: Drain["report"]): void {
  if (alone && !told.has(uid)) report(`${title} belongs to no controller: it does not come back elsewhere`);
  told.add(uid);
}

async function found(client: Client, path: string, { signal }: Drain): Promise<Properties | undefined> {
  try {
    return await client.call({ method: "GET", path, retryForMs: TROUBLE_MS, signal });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

const podsOn = (client: Client, { node, signal }: Drain): Promise<Properties[]> =>
  listAll(client, "/api/v1/pods", {
    fieldSelector: `spec.nodeName=${node}`,
    retryForMs: TROUBLE_MS,
    ...(signal === undefined ? {} : { signal: () => signal }),
  });

const setUnschedulable = (client: Client, path: string, unschedulable: true | null): Promise<Properties> =>
  client.call({
    method: "PATCH",
    path,
    contentType: "application/merge-patch+json",
    body: { spec: { unschedulable } },
    retryForMs: TROUBLE_MS,
  });

/** @returns why the pod may not go yet; a budget is asked again, not waited for here, so that other pods go on */
async function evict(client: Client, pod: LeavingPod, signal?: AbortSignal): Promise<string | undefined> {
  const [namespace, name] = pod.title.split("/") as [string, string];
  try {
    await client.call({
      method: "POST",
      path: `${pod.path}/eviction`,
      body: {
        apiVersion: "policy/v1",
        kind: "Eviction",
        metadata: { namespace, name },
        // Another pod may have taken the name.
        deleteOptions: { preconditions: { uid: pod.uid } },
      },
      signal,
    });
    return undefined;
  } catch (error) {
    if (signal?.aborted) throw error;
    return isGone(error) ? undefined : refusalOf(error);
  }
}

/** What the API server says, with the budget's name where a budget is the reason. */
function refusalOf(error: unknown): string {
  if (!(error instanceof ApiError)) return message(error);
  const causes = objectsAt(error.body, "details", "causes").map((cause) => textAt(cause, "message") ?? "");
  return [error.message, ...causes].filter(Boolean).join(" ");
}

const stuck = (node: string, waits: readonly string[], timeoutMs: number): string =>
  `${waits.length} pod(s) are still on node ${node} after ${Math.round(timeoutMs / 1000)} s:\n` +
  `${waits.map((wait) => `  ${wait}`).join("\n")}\n` +
  "The machine stays and takes pods again. Let them go (more replicas, another disruption budget, or delete them), " +
  "then run this again.";
