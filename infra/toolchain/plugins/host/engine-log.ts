import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Messages to the user of the run, shown beside a resource. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  /** A line that shows what is going on right now; the next one replaces it and the summary leaves it out. */
  progress(message: string): void;
}

/** Connection to the engine's log service; without an address everything said is dropped. */
export class EngineLog {
  private client: EngineClient | undefined;

  attach(address: string): void {
    this.client?.close();
    this.client = new EngineClient(address, credentials.createInsecure(), { "grpc.max_send_message_length": -1 });
  }

  close(): void {
    this.client?.close();
    this.client = undefined;
  }

  /** The log of one resource. */
  for(urn: string): Log {
    const say = (severity: LogSeverity, ephemeral: boolean) => (message: string) =>
      this.send(urn, severity, message, ephemeral);
    return {
      debug: say(LogSeverity.DEBUG, false),
      info: say(LogSeverity.INFO, false),
      warn: say(LogSeverity.WARNING, false),
      error: say(LogSeverity.ERROR, false),
      progress: say(LogSeverity.INFO, true),
    };
  }

  private send(urn: string, severity: LogSeverity, message: string, ephemeral: boolean): void {
    if (!this.client) return;
    const request = new LogRequest();
    request.setUrn(urn);
    request.setSeverity(severity);
    request.setMessage(message);
    request.setEphemeral(ephemeral);
    // A lost log line must never fail the operation that wrote it.
    this.client.log(request, () => {});
  }
}
