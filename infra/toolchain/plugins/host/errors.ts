import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { toStruct } from "./struct";
import type { PropertyMap } from "./values";

/** A failure with the gRPC code that the engine should see; plain errors arrive as UNKNOWN. */
export class ProviderError extends Error {
  constructor(
    message: string,
    readonly code: status = status.UNKNOWN,
  ) {
    super(message);
    this.name = "ProviderError";
  }
}

/** The operation does not exist here; the engine falls back where it can. */
export const unimplemented = (message: string): ProviderError => new ProviderError(message, status.UNIMPLEMENTED);

/** The input can never work, however often it is tried. */
export const invalidArgument = (message: string): ProviderError => new ProviderError(message, status.INVALID_ARGUMENT);

/** The engine asked to stop. */
export const cancelled = (message: string): ProviderError => new ProviderError(message, status.CANCELLED);

/**
 * The object exists but did not become what it should: the engine keeps it in the state, marked so that the
 * next run updates it instead of making a second one.
 */
export class InitFailedError extends Error {
  /**
   * @param id of the object that exists
   * @param properties outputs known so far
   * @param reasons what is wrong with it, one sentence each
   * @param inputs current inputs; only for a failed read
   */
  constructor(
    readonly id: string,
    readonly properties: PropertyMap,
    readonly reasons: readonly string[],
    readonly inputs?: PropertyMap,
  ) {
    super(reasons.join("; "));
    this.name = "InitFailedError";
  }
}

/** The error in the form that the gRPC server sends. */
export function toServiceError(error: unknown): Partial<ServiceError> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof InitFailedError) {
    return { code: status.UNKNOWN, details: message, metadata: initFailedDetails(error) };
  }
  const code = error instanceof ProviderError ? error.code : status.UNKNOWN;
  return { code, details: message };
}

function initFailedDetails(error: InitFailedError): Metadata {
  const detail = new ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(toStruct(error.properties));
  detail.setReasonsList([...error.reasons]);
  if (error.inputs) detail.setInputs(toStruct(error.inputs));
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const rich = new Status();
  rich.setCode(status.UNKNOWN);
  rich.setMessage(error.message);
  rich.addDetails(packed);
  const metadata = new Metadata();
  // gRPC for Node knows no structured errors; this key is where the others put them.
  metadata.add("grpc-status-details-bin", Buffer.from(rich.serializeBinary()));
  return metadata;
}
