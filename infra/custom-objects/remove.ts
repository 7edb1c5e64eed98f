import { setTimeout as sleep } from "node:timers/promises";
import type { CustomKind } from "../../components/platform";
import type { Call, Client } from "../toolchain/plugins/kubernetes/client";
import { ApiError, isGone, isTransient, UnreachableError } from "../toolchain/plugins/kubernetes/errors";
import { awaitedBy } from "../toolchain/plugins/kubernetes/finalizers";
import { listAll, METADATA_LIST } from "../toolchain/plugins/kubernetes/listing";
import { objectsAt, type Properties, textAt } from "../toolchain/plugins/kubernetes/values";

export interface Removal {
  kinds: readonly CustomKind[];
  /** How long the controllers may take with their finalizers, in milliseconds. */
  timeoutMs: number;
  /** Told what is waited for, each time that it changes. */
  report: (line: string) => void;
}

const LOOK_MS = 500;

/** A cluster that does not answer for this long is not only starting anew. */
const TROUBLE_MS = 60_000;

/** Objects that a message names; more are counted. */
const NAMED = 5;

interface CustomObject {
  /** `Kind namespace/name` as far as the list tells: the resource's name stands for the kind. */
  title: string;
  path: string;
  uid: string;
  owners: readonly string[];
  /** It goes with the layer's own objects. */
  kept: boolean;
  leaving: boolean;
  live: Properties;
}

/**
 * Deletes the objects of the kinds and waits until none is left that has a finalizer, which only a running controller
 * takes off. Objects that belong to others are left to the garbage collector, those without finalizers go with their
 * definition at the latest.
 *
 * @returns how many were asked to go
 * @throws when some could not be deleted, or still have finalizers, after the deadline: names them, with what to do;
 *   UnreachableError when the cluster is not there for a minute; ApiError for what waiting does not mend
 */
export async function removeCustomObjects(client: Client, removal: Removal): Promise<number> {
  const end = Date.now() + removal.timeoutMs;
  const retry = retries(end, removal.report);
  const asked = new Set<string>();
  for (let said = ""; ; await sleep(LOOK_MS)) {
    const objects = withoutKept(await objectsOf(client, removal.kinds, retry));
    const uids = new Set(objects.map(({ uid }) => uid));
    const refusals: string[] = [];
    for (const root of rootsOf(objects, uids)) {
      const refusal = await deleteObject(client, root, retry);
      if (refusal === undefined) asked.add(root.uid);
      else refusals.push(`${root.title}: ${refusal}`);
    }
    const held = objects.filter(({ live }) => finalizersOf(live).length > 0);
    if (held.length === 0 && refusals.length === 0) return asked.size;
    const waits = listed([...refusals, ...held.map(({ title, live }) => `${title}: ${awaitedBy(live)}`)]);
    if (Date.now() > end) throw new Error(stuck(waits, removal.timeoutMs));
    if (waits !== said) removal.report(waits);
    said = waits;
  }
}

/** How a request is tried again: each time that it fails another way, somebody is told. */
type Retry = () => Pick<Call, "retryForMs" | "retrying">;

function retries(end: number, report: Removal["report"]): Retry {
  let said = "";
  return () => {
    const begun = Date.now();
    const retrying = (error: Error): void => {
      if (error instanceof UnreachableError && Date.now() - begun > TROUBLE_MS) throw error;
      if (error.message !== said) report(`asked again: ${error.message}`);
      said = error.message;
    };
    return { retryForMs: Math.max(0, end - begun), retrying };
  };
}

/** Those that belong to none of the others; where all that is left belong to each other, each of them. */
function rootsOf(objects: readonly CustomObject[], uids: ReadonlySet<string>): CustomObject[] {
  const staying = objects.filter(({ leaving }) => !leaving);
  const roots = staying.filter(({ owners }) => !owners.some((owner) => uids.has(owner)));
  return roots.length === 0 && staying.length === objects.length ? staying : roots;
}

async function objectsOf(client: Client, kinds: readonly CustomKind[], retry: Retry): Promise<CustomObject[]> {
  const lists = await Promise.all(kinds.map((kind) => objectsOfKind(client, kind, retry)));
  return lists.flat();
}

async function objectsOfKind(client: Client, kind: CustomKind, retry: Retry): Promise<CustomObject[]> {
  const { group, version, plural, kept } = kind;
  const base = `/apis/${group}/${version}`;
  try {
    const items = await listAll(client, `${base}/${plural}`, { accept: METADATA_LIST, ...retry() });
    return items.map((live) => {
      const namespace = textAt(live, "metadata", "namespace");
      const own = textAt(live, "metadata", "name") ?? "";
      const name = namespace === undefined ? own : `${namespace}/${own}`;
      return {
        title: `${plural}.${group} ${name}`,
        path: `${base}/${namespace === undefined ? "" : `namespaces/${namespace}/`}${plural}/${own}`,
        uid: textAt(live, "metadata", "uid") ?? "",
        owners: objectsAt(live, "metadata", "ownerReferences").map((owner) => textAt(owner, "uid") ?? ""),
        kept: kept.includes(name),
        leaving: textAt(live, "metadata", "deletionTimestamp") !== undefined,
        live,
      };
    });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** Without those that the layer declares, and what belongs to them: they go one by one, while the controllers run. */
function withoutKept(objects: readonly CustomObject[]): CustomObject[] {
  const gone = new Set(objects.filter(({ kept }) => kept).map(({ uid }) => uid));
  for (let before = -1; before !== gone.size; ) {
    before = gone.size;
    for (const { uid, owners } of objects) if (owners.some((owner) => gone.has(owner))) gone.add(uid);
  }
  return objects.filter(({ uid }) => !gone.has(uid));
}

/** @returns why it is not deleted yet, such as a webhook that does not answer; the others do not wait for that */
async function deleteObject(client: Client, { path, uid }: CustomObject, retry: Retry): Promise<string | undefined> {
  const { retryForMs, retrying } = retry();
  try {
    await client.call({
      method: "DELETE",
      path,
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        propagationPolicy: "Background",
        // Another object may have taken the name.
        preconditions: { uid },
      },
      retryForMs,
      retrying: (error) => {
        if (error instanceof ApiError) throw error;
        retrying?.(error);
      },
    });
  } catch (error) {
    if (error instanceof ApiError && isTransient(error)) return error.message;
    if (!isGone(error) && !isConflict(error)) throw error;
  }
  return undefined;
}

const isConflict = (error: unknown): boolean => (error as { status?: number }).status === 409;

function finalizersOf(live: Properties): string[] {
  const found = (live.metadata as Properties | undefined)?.finalizers;
  return Array.isArray(found) ? found.map(String) : [];
}

function listed(waits: readonly string[]): string {
  const more = waits.length > NAMED ? [`and ${waits.length - NAMED} more`] : [];
  return [...waits.slice(0, NAMED), ...more].join("\n");
}

const stuck = (waits: string, timeoutMs: number): string =>
  `still there ${Math.round(timeoutMs / 1000)} s after their deletion:\n${waits}\n` +
  "See why their controllers do not answer (npm run status), then run this again; or give them up: " +
  'kubectl patch RESOURCE NAME --type=merge -p \'{"metadata":{"finalizers":null}}\'';
