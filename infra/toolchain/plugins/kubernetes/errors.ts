import { at, objectsAt, type Properties, textAt } from "./values";

/** An answer of the API server that is not a success. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    /** Kubernetes' own word: `NotFound`, `Conflict`, `AlreadyExists`, `Invalid`, … */
    readonly reason: string,
    message: string,
    readonly body?: Properties,
    /** Seconds the server asks to wait. */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** The API server was not reached at all. */
export class UnreachableError extends Error {
  constructor(server: string, cause: Error & { code?: string }) {
    super(
      `cannot reach the Kubernetes API server at ${server}: ${cause.message || cause.code}; check that it runs and that the provider's kubeconfig points to it`,
    );
    this.name = "UnreachableError";
    this.code = cause.code;
  }
  readonly code: string | undefined;
}

/** The cluster does not know the kind (yet). */
export class UnknownKindError extends Error {
  constructor(apiVersion: string, kind: string) {
    super(`the cluster knows no ${kind} in ${apiVersion}; create its CustomResourceDefinition first (dependsOn)`);
    this.name = "UnknownKindError";
  }
}

/** The object exists in the cluster but did not become ready; it belongs in the state. */
export class NotReadyError extends Error {
  constructor(
    readonly reasons: readonly string[],
    readonly live: Properties,
  ) {
    super(reasons.join("; "));
    this.name = "NotReadyError";
  }
}

export class CancelledError extends Error {
  constructor(what: string) {
    super(`${what}: cancelled`);
    this.name = "CancelledError";
  }
}

export const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

export const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.status === 403;

const WEBHOOK_NOT_READY = /failed calling webhook|no endpoints available|connect: connection refused/;
const ETCD_BUSY = /leader changed|request timed out|too many requests|etcdserver/i;

/** Connection trouble that ends by itself: a server that restarts, a dropped keep-alive connection. */
const PASSING = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** Whether doing the same again a little later can work. */
export function isTransient(error: unknown): boolean {
  if (error instanceof UnreachableError) return error.code !== undefined && PASSING.has(error.code);
  if (!(error instanceof ApiError)) return false;
  if (error.status === 429 || (error.status >= 502 && error.status <= 504)) return true;
  return error.status === 500 && (WEBHOOK_NOT_READY.test(error.message) || ETCD_BUSY.test(error.message));
}

/** What a conflict of server-side apply says: who owns which field. */
export function conflicts(error: ApiError): string[] {
  return objectsAt(at(error.body, "details"), "causes")
    .filter((cause) => textAt(cause, "reason") === "FieldManagerConflict")
    .map((cause) => `${textAt(cause, "message") ?? "conflict"}: ${textAt(cause, "field") ?? "?"}`);
}

/** What an error says, whatever was thrown. */
export const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));
