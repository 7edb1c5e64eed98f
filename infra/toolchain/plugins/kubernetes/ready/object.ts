import { collectionPath, type Mapping } from "../discovery";
import { describe, objectId } from "../objects";
import type { Target } from "../operations";
import type { Kind } from "../tokens";
import { annotation, type Properties, textAt } from "../values";
import { judgeOf } from "./readiness";
import { waitReady } from "./wait";
import { parseWaitFor, WAIT_FOR } from "./wait-for";

const SKIP_AWAIT = "pulumi.com/skipAwait";

/** Annotation with the seconds that an object gets, where the resource's own timeouts say nothing. */
export const TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds";

/** Annotation of a Job that the next run makes anew when it has not come to its end, changed or not. */
export const REPLACE_UNREADY = "pulumi.com/replaceUnready";

const DEFAULT_READY_SECONDS = 600;
const READY_SECONDS: ReadonlyMap<string, number> = new Map([
  ["PersistentVolume", 300],
  ["PersistentVolumeClaim", 300],
]);

/** Kinds whose readiness depends on other objects too. */
const DEPENDING = new Set(["PersistentVolumeClaim", "Service"]);

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

/** Whether an object that did not get ready is given up for a new one, as its annotation says. */
export const isToBeMadeAnew = (of: Kind, object: Properties, live: () => Properties): boolean =>
  of.group === "batch" &&
  of.kind === "Job" &&
  annotation(object, REPLACE_UNREADY) === "true" &&
  readyNow(of, live(), object) !== undefined;

/** Why the object is not ready at this moment; undefined when it is, or when that cannot be told from it alone. */
export function readyNow(of: Kind, live: Properties, object: Properties): string | undefined {
  if (of.patch || annotation(object, SKIP_AWAIT) === "true") return undefined;
  const waitFor = annotation(object, WAIT_FOR);
  const judge = waitFor ? parseWaitFor(waitFor) : judgeOf(of.group, of.kind);
  if (!judge || (!waitFor && DEPENDING.has(of.kind))) return undefined;
  const verdict = judge(live, {});
  return verdict.state === "ready" ? undefined : `${describe(of.kind, objectId(live))}: ${verdict.reason}`;
}
