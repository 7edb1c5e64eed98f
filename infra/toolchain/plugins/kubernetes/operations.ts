import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../host";
import type { Client } from "./client";
import { collectionPath, type Discovery, type Mapping, objectPath } from "./discovery";
import { ApiError, CancelledError, conflicts, isGone, NotReadyError, UnknownKindError } from "./errors";
import { describe, objectId, STACK_MARKER } from "./objects";
import { follow } from "./ready/follow";
import { judgeOf } from "./ready/readiness";
import { waitReady } from "./ready/wait";
import { parseWaitFor, WAIT_FOR } from "./ready/wait-for";
import { apiVersion, isBuiltIn, type Kind } from "./tokens";
import { annotation, type Properties, textAt } from "./values";

/** What an operation on one object needs to know. */
export interface Target {
  client: Client;
  discovery: Discovery;
  of: Kind;
  signal: AbortSignal;
  log: Log;
  /** Namespace of objects that name none. */
  defaultNamespace: string;
  /** How long passing trouble (a server that restarts, a webhook that is not up yet) is borne, in milliseconds. */
  troubleMs: number;
}

export interface Applying {
  /** The object as it should be, in Kubernetes' own spelling. */
  object: Properties;
  manager: string;
  /** Take over fields that another manager owns. */
  force: boolean;
  /** Ask the server what would come out, without doing it. */
  dryRun: boolean;
  /** Whether to pass on the server's warnings (deprecations, unknown fields). */
  warnings: boolean;
}

const SKIP_AWAIT = "pulumi.com/skipAwait";
const TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds";
const PROPAGATION = "pulumi.com/deletionPropagationPolicy";

/** A preview asks once more and then goes on without the cluster. */
export const PREVIEW_TROUBLE_MS = 300;

/** How long a kind may be missing: its definition may have been made a moment ago. */
const KIND_MS = 20_000;
const KIND_RETRY_MS = 250;

const DEFAULT_READY_SECONDS = 600;
const DEFAULT_DELETE_SECONDS = 600;
const READY_SECONDS: ReadonlyMap<string, number> = new Map([
  ["PersistentVolume", 300],
  ["PersistentVolumeClaim", 300],
]);

/** The mapping of the object's kind, waiting for a definition that was made just now. */
export async function mappingOf(target: Target, waitMs = KIND_MS, troubleMs = target.troubleMs): Promise<Mapping> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    try {
      return await target.discovery.mapping(target.of, target.signal, troubleMs);
    } catch (error) {
      if (!(error instanceof UnknownKindError) || Date.now() > deadline) throw error;
      await sleep(KIND_RETRY_MS, undefined, { signal: target.signal });
    }
  }
}

export function placeOf(target: Target, mapping: Mapping, object: Properties): { namespace?: string; name: string } {
  const name = textAt(object, "metadata", "name") ?? "";
  if (!mapping.namespaced) return { name };
  return { namespace: textAt(object, "metadata", "namespace") || target.defaultNamespace, name };
}

export async function get(
  target: Target,
  mapping: Mapping,
  place: { namespace?: string; name: string },
  retryForMs = target.troubleMs,
): Promise<Properties | undefined> {
  try {
    const path = objectPath(mapping, place.namespace, place.name);
    return await target.client.call({
      method: "GET",
      path,
      signal: target.signal,
      retryForMs,
      retrying: sayRetrying(target),
    });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

const sayRetrying =
  (target: Target) =>
  (error: Error): void =>
    target.log.progress(`trying again: ${error.message}`);

/** Server-side apply of the object; gives it as the server has it now. */
export async function apply(target: Target, mapping: Mapping, applying: Applying): Promise<Properties> {
  const place = placeOf(target, mapping, applying.object);
  const deadline = Date.now() + (applying.dryRun ? 0 : KIND_MS);
  for (;;) {
    try {
      return await applyOnce(target, mapping, place, applying);
    } catch (error) {
      // The kind is announced a moment before its objects are served.
      if (!isGone(error) || namesNamespace(error) || Date.now() > deadline)
        throw applyError(error, describe(target.of.kind, idOf(place)));
      await sleep(KIND_RETRY_MS, undefined, { signal: target.signal });
    }
  }
}

function applyOnce(
  target: Target,
  mapping: Mapping,
  place: { namespace?: string; name: string },
  { object, manager, force, dryRun, warnings }: Applying,
): Promise<Properties> {
  return target.client.call({
    method: "PATCH",
    path: objectPath(mapping, place.namespace, place.name),
    query: { fieldManager: manager, force: String(force), dryRun: dryRun ? "All" : undefined },
    contentType: "application/apply-patch+yaml",
    body: inNamespace(object, mapping, place.namespace),
    signal: target.signal,
    retryForMs: dryRun ? PREVIEW_TROUBLE_MS : target.troubleMs,
    retrying: sayRetrying(target),
    warn: warnings ? (text) => target.log.warn(text) : undefined,
  });
}

const namesNamespace = (error: unknown): boolean =>
  error instanceof Error && /namespaces? .*not found/.test(error.message);

const idOf = (place: { namespace?: string; name: string }): string =>
  place.namespace ? `${place.namespace}/${place.name}` : place.name;

/** Inputs checked before the kind was known may lack the namespace, or carry one that does not belong. */
function inNamespace(object: Properties, mapping: Mapping, namespace: string | undefined): Properties {
  const metadata = { ...(object.metadata as Properties) };
  if (mapping.namespaced && namespace) metadata.namespace = namespace;
  else delete metadata.namespace;
  return { ...object, metadata };
}

function applyError(error: unknown, what: string): unknown {
  if (!(error instanceof ApiError)) return error;
  const others = conflicts(error);
  if (error.status === 409 && others.length > 0)
    return new Error(
      `${what}: somebody else manages these fields: ${others.join("; ")}. Leave them out, or take them over with the annotation pulumi.com/patchForce: "true"`,
    );
  if (error.status === 404 && namesNamespace(error))
    return new ApiError(
      404,
      error.reason,
      `${what}: ${error.message}; create the namespace first (dependsOn)`,
      error.body,
    );
  return new ApiError(error.status, error.reason, `${what}: ${error.message}`, error.body);
}

/**
 * Refuses an object that exists and is not ours.
 *
 * Ours is what carries the marker annotation with the value that the inputs give it: a run that was killed
 * between making the object and writing the state left it.
 */
export function mayAdopt(existing: Properties, object: Properties): boolean {
  const marker = annotation(object, STACK_MARKER);
  return marker !== undefined && marker === annotation(existing, STACK_MARKER);
}

/** Waits until the object is ready, as its kind or its annotations say. */
export async function ready(
  target: Target,
  mapping: Mapping,
  live: Properties,
  object: Properties,
  timeoutSeconds: number,
): Promise<Properties> {
  if (annotation(object, SKIP_AWAIT) === "true") return live;
  const waitFor = annotation(object, WAIT_FOR);
  const judge = waitFor ? parseWaitFor(waitFor) : judgeOf(target.of.group, target.of.kind);
  if (!judge) return live;
  if (!(!waitFor && DEPENDING.has(target.of.kind)) && judge(live, {}).state === "ready") return live;
  const seconds =
    timeoutSeconds ||
    Number(annotation(object, TIMEOUT_SECONDS)) ||
    READY_SECONDS.get(target.of.kind) ||
    DEFAULT_READY_SECONDS;
  return waitReady({
    client: target.client,
    live,
    path: collectionPath(mapping, textAt(live, "metadata", "namespace")),
    judge,
    timeoutMs: seconds * 1000,
    signal: target.signal,
    progress: (text) => target.log.progress(text),
  });
}

/** Why the object is not ready at this moment; undefined when it is, or when that cannot be told from it alone. */
export function readyNow(of: Kind, live: Properties, object: Properties): string | undefined {
  if (of.patch || annotation(object, SKIP_AWAIT) === "true") return undefined;
  const waitFor = annotation(object, WAIT_FOR);
  const judge = waitFor ? parseWaitFor(waitFor) : judgeOf(of.group, of.kind);
  if (!judge || (!waitFor && DEPENDING.has(of.kind))) return undefined;
  const verdict = judge(live, {});
  return verdict.state === "ready" ? undefined : `${describe(of.kind, objectId(live))}: ${verdict.reason}`;
}

/** Kinds whose readiness depends on other objects too. */
const DEPENDING = new Set(["PersistentVolumeClaim", "Service"]);

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
  let mapping: Mapping;
  try {
    mapping = await mappingOf(target, 0);
  } catch (error) {
    // Objects go with their definition.
    if (error instanceof UnknownKindError) return;
    throw error;
  }
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
        target.log.progress(waitingFor(found));
      }).catch((error) => (error instanceof ApiError && isGone(error) ? resolve() : reject(error)));
      const timer = setTimeout(() => {
        const reasons = [`${what}: still there ${Math.round(timeoutMs / 1000)} s after its deletion`];
        if (last) reasons.push(waitingFor(last));
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

function waitingFor(object: Properties): string {
  const finalizers = (object.metadata as Properties | undefined)?.finalizers;
  return Array.isArray(finalizers) && finalizers.length > 0
    ? `waiting for finalizers: ${finalizers.join(", ")}; is their controller running?`
    : "waiting for it to end";
}

/**
 * Gives back the fields that a Patch resource set: an apply of nothing makes the server drop what only this
 * manager owned.
 */
export async function release(
  target: Target,
  place: { namespace?: string; name: string },
  manager: string,
): Promise<void> {
  let mapping: Mapping;
  try {
    mapping = await mappingOf(target, 0);
  } catch (error) {
    if (error instanceof UnknownKindError) return;
    throw error;
  }
  // Applying to an object that is gone would make it.
  if (!(await get(target, mapping, place))) return;
  const object = { apiVersion: apiVersion(target.of), kind: target.of.kind, metadata: { ...place } };
  await apply(target, mapping, { object, manager, force: false, dryRun: false, warnings: false });
}
