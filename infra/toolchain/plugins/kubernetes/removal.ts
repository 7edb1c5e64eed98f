import { collectionPath, type Mapping, objectPath } from "./discovery";
import { ApiError, CancelledError, isGone, NotReadyError } from "./errors";
import { awaitedBy } from "./finalizers";
import { describe } from "./objects";
import { idOf, mappingIfKnown, sayRetrying, type Target } from "./operations";
import { follow } from "./ready/follow";
import { TIMEOUT_SECONDS } from "./ready/object";
import { isBuiltIn, type Kind } from "./tokens";
import { annotation, type Properties, textAt } from "./values";

const PROPAGATION = "pulumi.com/deletionPropagationPolicy";

const DEFAULT_DELETE_SECONDS = 600;

/**
 * Kinds that nothing is made from: deleting them in the foreground would only wait for the garbage collector to
 * look for dependents.
 */
const WITHOUT_DEPENDENTS = new Set([
  "ClusterRole",
  "ClusterRoleBinding",
  "ConfigMap",
  "CustomResourceDefinition",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "PriorityClass",
  "Role",
  "RoleBinding",
  "RuntimeClass",
  "Secret",
  "ServiceAccount",
  "StorageClass",
  "ValidatingWebhookConfiguration",
]);

const POLICIES: ReadonlyMap<string, string> = new Map([
  ["orphan", "Orphan"],
  ["background", "Background"],
  ["foreground", "Foreground"],
]);

function propagation(of: Kind, object: Properties): string {
  const asked = POLICIES.get(annotation(object, PROPAGATION)?.toLowerCase() ?? "");
  return asked ?? (isBuiltIn(of) && WITHOUT_DEPENDENTS.has(of.kind) ? "Background" : "Foreground");
}

/**
 * Deletes an object and waits until it is gone, finalizers and dependents included.
 *
 * @param uid of the object meant; another object that took its name is left alone
 */
export async function remove(
  target: Target,
  place: { namespace?: string; name: string },
  object: Properties,
  timeoutSeconds: number,
  uid: string | undefined,
): Promise<void> {
  const what = describe(target.of.kind, idOf(place));
  const mapping = await mappingIfKnown(target);
  if (!mapping) return;
  const path = objectPath(mapping, place.namespace, place.name);
  let answer: Properties;
  try {
    answer = await target.client.call({
      method: "DELETE",
      path,
      body: {
        kind: "DeleteOptions",
        apiVersion: "v1",
        propagationPolicy: propagation(target.of, object),
        ...(uid ? { preconditions: { uid } } : {}),
      },
      signal: target.signal,
      retryForMs: target.troubleMs,
      retrying: sayRetrying(target),
    });
  } catch (error) {
    // A failed precondition means that our object is gone and another one took its name.
    if (isGone(error) || (error instanceof ApiError && error.status === 409 && /precondition/i.test(error.message)))
      return;
    throw error instanceof ApiError ? new Error(`${what}: ${error.message}`) : error;
  }
  // Without finalizers the answer is a Status, and the object is gone already.
  if (answer.kind === "Status") return;
  const seconds = timeoutSeconds || Number(annotation(object, TIMEOUT_SECONDS)) || DEFAULT_DELETE_SECONDS;
  await waitGone(target, mapping, place, what, textAt(answer, "metadata", "uid"), seconds * 1000);
}

async function waitGone(
  target: Target,
  mapping: Mapping,
  place: { namespace?: string; name: string },
  what: string,
  uid: string | undefined,
  timeoutMs: number,
): Promise<void> {
  const stop = new AbortController();
  let last: Properties | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const collection = {
        path: collectionPath(mapping, place.namespace),
        query: { fieldSelector: `metadata.name=${place.name}` },
      };
      follow(target.client, collection, AbortSignal.any([stop.signal, target.signal]), ([found]) => {
        if (!found || (uid && textAt(found, "metadata", "uid") !== uid)) return resolve();
        last = found;
        target.log.progress(awaitedBy(found));
      }).catch((error) => (error instanceof ApiError && isGone(error) ? resolve() : reject(error)));
      const timer = setTimeout(() => {
        const reasons = [`${what}: still there ${Math.round(timeoutMs / 1000)} s after its deletion`];
        if (last) reasons.push(awaitedBy(last));
        reject(last ? new NotReadyError(reasons, last) : new Error(reasons.join("; ")));
      }, timeoutMs);
      const cancel = (): void => reject(new CancelledError(`deleting ${what}`));
      if (target.signal.aborted) cancel();
      target.signal.addEventListener("abort", cancel, { once: true });
      stop.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        target.signal.removeEventListener("abort", cancel);
      });
    });
  } finally {
    stop.abort();
  }
}
