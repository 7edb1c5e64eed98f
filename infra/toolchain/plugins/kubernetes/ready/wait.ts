import type { Client } from "../client";
import { CancelledError, NotReadyError } from "../errors";
import { describe, objectId } from "../objects";
import { at, isObject, type Properties, textAt } from "../values";
import { type Followed, follow } from "./follow";
import { podTroubles } from "./pods";
import { type Judge, needsEndpoints, type Readiness, type Related, stuckSince } from "./readiness";

export interface Wait {
  client: Client;
  /** The object as it is now. */
  live: Properties;
  /** Collection that the object is in. */
  path: string;
  judge: Judge;
  timeoutMs: number;
  signal: AbortSignal;
  /** Says what is being waited for. */
  progress: (text: string) => void;
}

/** How often the user hears why it takes so long. */
const EXPLAIN_MS = 5_000;

/** Time for asking why, after the deadline. */
const EXPLANATION_MS = 3_000;

/**
 * Waits until an object is ready and gives it as it is then.
 *
 * @throws NotReadyError with the reasons and the object when it fails, time runs out, or the run is cancelled
 */
export async function waitReady(wait: Wait): Promise<Properties> {
  const { client, judge, signal } = wait;
  const stop = new AbortController();
  const related: Related = await relatedTo(wait);
  const what = describe(textAt(wait.live, "kind") ?? "object", objectId(wait.live));
  let live = wait.live;
  let verdict: Readiness = { state: "waiting", reason: "nothing is known yet" };
  let slicesKnown = !needsSlices(wait.live);
  try {
    await new Promise<void>((resolve, reject) => {
      const consider = (): void => {
        if (!slicesKnown) return;
        verdict = judge(live, related);
        if (verdict.state === "ready") resolve();
        else if (verdict.state === "failed") reject(new Error(verdict.reason));
        else wait.progress(verdict.reason);
      };
      const watching = AbortSignal.any([stop.signal, signal]);
      const own = { path: wait.path, query: { fieldSelector: `metadata.name=${textAt(live, "metadata", "name")}` } };
      follow(client, own, watching, ([object]) => {
        if (!object) return reject(new Error("it was deleted by somebody else while it was waited for"));
        live = { apiVersion: live.apiVersion!, kind: live.kind!, ...object };
        consider();
      }).catch(reject);
      if (needsSlices(live))
        follow(client, slicesOf(live), watching, (slices) => {
          related.endpointSlices = slices;
          slicesKnown = true;
          consider();
        }).catch(reject);
      const timer = setTimeout(() => {
        const seconds = Math.round(wait.timeoutMs / 1000);
        reject(new Error(`not ready after ${seconds} s: ${verdict.state === "ready" ? "" : verdict.reason}`));
      }, wait.timeoutMs);
      const explaining = setInterval(() => {
        explain(wait, live).then(
          ([first]) => first && wait.progress(first),
          () => {},
        );
      }, EXPLAIN_MS);
      const cancel = (): void => reject(new CancelledError(`waiting for ${what}`));
      if (signal.aborted) cancel();
      signal.addEventListener("abort", cancel, { once: true });
      stop.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        clearInterval(explaining);
        signal.removeEventListener("abort", cancel);
      });
    });
    return live;
  } catch (error) {
    const reason = `${what}: ${error instanceof Error ? error.message : String(error)}`;
    const why = error instanceof CancelledError ? [] : await explain(wait, live).catch(() => []);
    throw new NotReadyError([error instanceof CancelledError ? error.message : reason, ...why], live);
  } finally {
    stop.abort();
  }
}

const needsSlices = (live: Properties): boolean =>
  live.kind === "Service" && live.apiVersion === "v1" && needsEndpoints(live);

function slicesOf(service: Properties): Followed {
  const namespace = textAt(service, "metadata", "namespace") ?? "default";
  return {
    path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    query: { labelSelector: `kubernetes.io/service-name=${textAt(service, "metadata", "name")}` },
  };
}

async function relatedTo({ client, live, signal }: Wait): Promise<Related> {
  if (live.kind === "Deployment") return { stuckSince: stuckSince(live) };
  const storageClass = textAt(live, "spec", "storageClassName");
  if (live.kind !== "PersistentVolumeClaim" || live.apiVersion !== "v1" || !storageClass) return {};
  try {
    const path = `/apis/storage.k8s.io/v1/storageclasses/${encodeURIComponent(storageClass)}`;
    return { bindingMode: textAt(await client.call({ method: "GET", path, signal }), "volumeBindingMode") };
  } catch {
    // Without it the claim is simply waited for.
    return {};
  }
}

/** What the pods of a workload say about why it is not ready. */
async function explain({ client }: Wait, live: Properties): Promise<string[]> {
  if (live.kind === "Pod" && live.apiVersion === "v1") return podTroubles([live]);
  const labels = at(live, "spec", "selector", "matchLabels");
  if (!isObject(labels)) return [];
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const path = `/api/v1/namespaces/${textAt(live, "metadata", "namespace") ?? "default"}/pods`;
  const list = await client.call({
    method: "GET",
    path,
    query: { labelSelector },
    signal: AbortSignal.timeout(EXPLANATION_MS),
  });
  return podTroubles(Array.isArray(list.items) ? list.items.filter(isObject) : []);
}
