import type { Log } from "./engine-log";
import type { PropertyMap } from "./values";

/** What every call about one resource carries. */
export interface ResourceRequest {
  urn: string;
  /** Type token, such as `command:remote:Command`. */
  type: string;
  /** Logical name in the program. */
  name: string;
}

export interface CallContext {
  /** Aborted when the engine cancels the run; work in progress must end promptly. */
  signal: AbortSignal;
  /** Log of the resource that the call is about. */
  log: Log;
}

export interface CheckRequest extends ResourceRequest {
  olds: PropertyMap;
  news: PropertyMap;
  randomSeed: Uint8Array;
}

export interface CheckFailure {
  /** Path of the property at fault, such as `connection.hostKey`; empty for the resource as a whole. */
  property: string;
  reason: string;
}

export interface CheckResult {
  inputs: PropertyMap;
  failures?: readonly CheckFailure[];
}

export interface DiffRequest extends ResourceRequest {
  id: string;
  /** Last known outputs. */
  olds: PropertyMap;
  oldInputs: PropertyMap;
  news: PropertyMap;
  ignoreChanges: readonly string[];
}

export type DiffKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

export interface PropertyDiff {
  kind: DiffKind;
  /** True when the difference is between old and new inputs, not between state and inputs. Default true. */
  inputDiff?: boolean;
}

export interface DiffResult {
  /** `unknown` leaves the decision to the engine, which compares inputs. */
  changes: "none" | "some" | "unknown";
  /** Top-level properties that force a replacement. */
  replaces?: readonly string[];
  /** Properties that cannot change in an update. */
  stables?: readonly string[];
  deleteBeforeReplace?: boolean;
  /** By property path, for the display; also marks replacements with the kinds that end in `-replace`. */
  detailed?: Readonly<Record<string, PropertyDiff>>;
}

export interface CreateRequest extends ResourceRequest {
  inputs: PropertyMap;
  preview: boolean;
  /** `customTimeouts.create` in seconds; 0 when the program sets none. */
  timeoutSeconds: number;
}

export interface CreateResult {
  /** May be empty in a preview. */
  id: string;
  outputs: PropertyMap;
}

export interface ReadRequest extends ResourceRequest {
  id: string;
  outputs: PropertyMap;
  /** Empty for an import or a `get`. */
  inputs: PropertyMap;
  timeoutSeconds: number;
}

export interface ReadResult {
  /** Empty when the object is gone. */
  id: string;
  outputs: PropertyMap;
  inputs: PropertyMap;
}

export interface UpdateRequest extends ResourceRequest {
  id: string;
  olds: PropertyMap;
  oldInputs: PropertyMap;
  news: PropertyMap;
  ignoreChanges: readonly string[];
  preview: boolean;
  timeoutSeconds: number;
}

export interface DeleteRequest extends ResourceRequest {
  id: string;
  outputs: PropertyMap;
  oldInputs: PropertyMap;
  timeoutSeconds: number;
}

export interface InvokeRequest {
  token: string;
  args: PropertyMap;
  preview: boolean;
}

export interface InvokeResult {
  result: PropertyMap;
  failures?: readonly CheckFailure[];
}

export interface HandshakeRequest {
  /** Folder of the plugin's executable. */
  rootDirectory?: string;
  /** Folder of the program that the plugin serves. */
  programDirectory?: string;
}

/**
 * A resource provider. Methods that are absent answer UNIMPLEMENTED or what the engine takes as "nothing to
 * say"; methods throw `ProviderError` and `InitFailedError`, and may throw anything else.
 */
export interface Provider {
  /** Name in plugin names and type tokens, such as `command`. */
  readonly name: string;
  /** Version without `v`. */
  readonly version: string;
  handshake?(request: HandshakeRequest): void;
  /** Pulumi Package schema as JSON. */
  schema?(): string;
  checkConfig?(request: CheckRequest, context: CallContext): Promise<CheckResult>;
  /** Default: any difference is a plain update of the provider. */
  diffConfig?(request: DiffRequest, context: CallContext): Promise<DiffResult>;
  configure?(args: PropertyMap): Promise<void>;
  check(request: CheckRequest, context: CallContext): Promise<CheckResult>;
  diff(request: DiffRequest, context: CallContext): Promise<DiffResult>;
  create(request: CreateRequest, context: CallContext): Promise<CreateResult>;
  /** Default: the object is taken to be as the state says. */
  read?(request: ReadRequest, context: CallContext): Promise<ReadResult>;
  update(request: UpdateRequest, context: CallContext): Promise<PropertyMap>;
  delete(request: DeleteRequest, context: CallContext): Promise<void>;
  invoke?(request: InvokeRequest, context: CallContext): Promise<InvokeResult>;
  /** After this, the process ends; open connections should be closed. */
  close?(): Promise<void> | void;
}
