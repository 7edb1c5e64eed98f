import type { Call, Client } from "./client";
import { ApiError } from "./errors";
import { objectsAt, type Properties, textAt } from "./values";

/** Asks for names, owners and marks of objects without their content. */
export const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/** Objects in one answer; a server may give fewer. */
const PAGE = "500";

export interface ListOptions {
  /** Which of them, by the few fields that the server can tell by: `spec.nodeName=a`. Default: all. */
  fieldSelector?: string;
  /** Form of the answer. Default: whole objects. */
  accept?: string;
  /** Asked for before each page; ends the request. */
  signal?: () => AbortSignal;
  /** How long transient failures of a page are retried, in milliseconds. Default 0. */
  retryForMs?: Call["retryForMs"];
  retrying?: Call["retrying"];
}

/** Listings that are begun: a server forgets where one was when it takes longer than its compaction. */
const BEGINNINGS = 3;

/** Everything in a collection, page by page. */
export async function listAll(client: Client, path: string, options: ListOptions = {}): Promise<Properties[]> {
  for (let beginning = 1; ; beginning += 1) {
    try {
      return await listPages(client, path, options);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === GONE) || beginning === BEGINNINGS) throw error;
    }
  }
}

/** Status for a `continue` that the server no longer knows. */
const GONE = 410;

async function listPages(client: Client, path: string, options: ListOptions): Promise<Properties[]> {
  const { fieldSelector, accept, signal, retryForMs, retrying } = options;
  const items: Properties[] = [];
  let next: string | undefined;
  do {
    const page = await client.call({
      method: "GET",
      path,
      query: { limit: PAGE, fieldSelector, ...(next ? { continue: next } : {}) },
      accept,
      retryForMs,
      retrying,
      signal: signal?.(),
    });
    items.push(...objectsAt(page, "items"));
    next = textAt(page, "metadata", "continue");
  } while (next);
  return items;
}
