import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import * as automation from "@pulumi/pulumi/automation/server";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { fastStructs } from "../toolchain/protobuf/fast-struct";
import { leanSdk } from "./lean-sdk";

/** What the SDK's Automation API serves inline programs with; its types leave the class out. */
const { LanguageServer } = automation as unknown as {
  LanguageServer: new (program: () => Promise<unknown>) => UntypedServiceImplementation;
};

/** The engine sends whole resource trees in one message; the SDK allows the same (400 MiB). */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** A Pulumi program served to the engine from this process. */
export interface ProgramServer {
  /** Value of the engine's `--client` flag. */
  address: string;
  stop(): void;
}

/**
 * Serves `program` as the engine's language runtime, so that no second Node process has to start.
 *
 * It is what the Automation API does for inline programs, without the extra engine calls around it.
 */
export async function serveProgram(program: () => Promise<Record<string, unknown>>): Promise<ProgramServer> {
  leanSdk();
  fastStructs();
  const server = new Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
    "grpc.enable_channelz": 0,
  });
  server.addService(LanguageRuntimeService, new LanguageServer(program));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}
