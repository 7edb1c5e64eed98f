import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../host";
import type { Client } from "./client";
import { type Discovery, type Mapping, objectPath } from "./discovery";
import { ApiError, conflicts, isGone, UnknownKindError } from "./errors";
import { describe, STACK_MARKER } from "./objects";
import { apiVersion, type Kind } from "./tokens";
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

/** A preview asks once more and then goes on without the cluster. */
export const PREVIEW_TROUBLE_MS = 300;

/** How long a kind may be missing: its definition may have been made a moment ago. */
const KIND_MS = 20_000;
const KIND_RETRY_MS = 250;

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

/** The mapping of the object's kind; nothing when the cluster does not know it: objects go with their definition. */
export async function mappingIfKnown(target: Target): Promise<Mapping | undefined> {
  try {
    return await mappingOf(target, 0);
  } catch (error) {
    if (error instanceof UnknownKindError) return undefined;
    throw error;
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

export const sayRetrying =
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

export const idOf = (place: { namespace?: string; name: string }): string =>
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

/**
 * Gives back the fields that a Patch resource set: an apply of nothing makes the server drop what only this
 * manager owned.
 */
export async function release(
  target: Target,
  place: { namespace?: string; name: string },
  manager: string,
): Promise<void> {
  const mapping = await mappingIfKnown(target);
  // Applying to an object that is gone would make it.
  if (!mapping || !(await get(target, mapping, place))) return;
  const object = { apiVersion: apiVersion(target.of), kind: target.of.kind, metadata: { ...place } };
  await apply(target, mapping, { object, manager, force: false, dryRun: false, warnings: false });
}
