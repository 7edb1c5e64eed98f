import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../client";
import { ApiError, isTransient } from "../errors";
import { objectsAt, type Properties, textAt } from "../values";

export interface Followed {
  /** Collection to list and watch. */
  path: string;
  /** Selectors. */
  query: Record<string, string>;
}

const RETRY_MS = 300;
const SLOWEST_RETRY_MS = 3_000;

/** Seconds after which the server ends a watch and we begin the next: dead connections do not last. */
const WATCH_SECONDS = "240";

const GONE = 410;

const key = (object: Properties): string =>
  textAt(object, "metadata", "uid") ?? textAt(object, "metadata", "name") ?? "";

/**
 * Keeps a collection in view until `signal` ends it, through dropped connections and restarts of the server.
 *
 * @param onChange called with everything in the collection, first with what is there now
 * @throws what waiting cannot mend, such as a missing permission
 */
export async function follow(
  client: Client,
  what: Followed,
  signal: AbortSignal,
  onChange: (objects: Properties[]) => void,
): Promise<void> {
  for (let pause = RETRY_MS; !signal.aborted; ) {
    try {
      await listAndWatch(client, what, signal, onChange, () => {
        pause = RETRY_MS;
      });
    } catch (error) {
      if (signal.aborted) return;
      const expired = error instanceof ApiError && error.status === GONE;
      if (!expired && !isTransient(error)) throw error;
      await sleep(pause, undefined, { signal }).catch(() => {});
      pause = Math.min(pause * 2, SLOWEST_RETRY_MS);
    }
  }
}

async function listAndWatch(
  client: Client,
  what: Followed,
  signal: AbortSignal,
  onChange: (objects: Properties[]) => void,
  alive: () => void,
): Promise<void> {
  const list = await client.call({ method: "GET", ...what, signal });
  const objects = new Map(objectsAt(list, "items").map((item) => [key(item), item]));
  let version = textAt(list, "metadata", "resourceVersion") ?? "";
  alive();
  onChange([...objects.values()]);
  while (!signal.aborted) {
    const query = { ...what.query, resourceVersion: version, timeoutSeconds: WATCH_SECONDS };
    await client.watch({ method: "GET", path: what.path, query, signal }, ({ type, object }) => {
      if (type === "ERROR")
        throw new ApiError(Number(object.code ?? GONE), "Expired", textAt(object, "message") ?? "watch", object);
      version = textAt(object, "metadata", "resourceVersion") ?? version;
      if (type === "BOOKMARK") return;
      if (type === "DELETED") objects.delete(key(object));
      else objects.set(key(object), object);
      onChange([...objects.values()]);
    });
  }
}
