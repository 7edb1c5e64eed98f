import type { Client } from "./client";
import { objectsAt, type Properties, textAt } from "./values";

/** Asks for names, owners and marks of objects without their content. */
export const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/** Objects in one answer; a server may give fewer. */
const PAGE = "500";

export interface ListOptions {
  /** Form of the answer. Default: whole objects. */
  accept?: string;
  /** Asked for before each page; ends the request. */
  signal?: () => AbortSignal;
  /** How long transient failures of a page are retried, in milliseconds. Default 0. */
  retryForMs?: number;
}

/** Everything in a collection, page by page. */
export async function listAll(client: Client, path: string, options: ListOptions = {}): Promise<Properties[]> {
  const items: Properties[] = [];
  let next: string | undefined;
  do {
    const page = await client.call({
      method: "GET",
      path,
      query: { limit: PAGE, ...(next ? { continue: next } : {}) },
      accept: options.accept,
      retryForMs: options.retryForMs,
      signal: options.signal?.(),
    });
    items.push(...objectsAt(page, "items"));
    next = textAt(page, "metadata", "continue");
  } while (next);
  return items;
}
