import { fstatSync } from "node:fs";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { fastStructs } from "../../protobuf/fast-struct";
import { EngineLog } from "./engine-log";
import type { Provider } from "./provider";
import { providerService } from "./service";

/** Messages have no size limit: a checkpoint may hold more than gRPC's default 4 MB. */
const UNLIMITED = -1;

/** Milliseconds that a stopping plugin may take to close its connections. */
const CLOSE_DEADLINE_MS = 2_000;

export interface Serving {
  port: number;
  /** Cancels work in progress and stops listening. */
  stop(): Promise<void>;
}

/** Serves a provider on a free loopback port. */
export async function listen(provider: Provider, engineAddress?: string): Promise<Serving> {
  const log = new EngineLog();
  if (engineAddress) log.attach(engineAddress);
  const abort = new AbortController();
  return listenWith(
    (server) => server.addService(ResourceProviderService, providerService(provider, log, abort)),
    async () => {
      abort.abort();
      await provider.close?.();
      log.close();
    },
  );
}

/**
 * Serves what the engine calls on a free loopback port.
 *
 * @param add puts the services in
 * @param close what comes before the server stops
 */
export async function listenWith(
  add: (server: Server) => void,
  close: () => Promise<void> = async () => {},
): Promise<Serving> {
  const server = new Server({
    "grpc.max_receive_message_length": UNLIMITED,
    "grpc.max_send_message_length": UNLIMITED,
    // Counts every call for a debugger that nobody attaches.
    "grpc.enable_channelz": 0,
  });
  add(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    port,
    stop: async () => {
      await close();
      server.forceShutdown();
    },
  };
}

/**
 * Runs a provider as a plugin process: serves it, prints the port on standard output and stays until the
 * engine ends the process.
 *
 * @param args the process's arguments; the engine's address is the one that is not an option
 */
export async function serve(provider: Provider, args: readonly string[] = process.argv.slice(2)): Promise<void> {
  fastStructs();
  stay(await listen(provider, engineAddress(args)));
}

/** What every plugin process does once it serves: it tells the engine the port and stays until it is ended. */
export function stay(serving: Serving): void {
  process.stdout.write(`${serving.port}\n`);
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(0), CLOSE_DEADLINE_MS).unref();
    serving.stop().finally(() => process.exit(0));
  };
  // The engine gives the plugin a process group of its own, so these come from it and not from Ctrl-C. It ends
  // every run with SIGINT and waits seconds for a plugin that stays.
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  setImmediate(watchEngine, stop);
}

/** Ends the plugin when the engine was killed, so that no orphan keeps connections and remote commands alive. */
function watchEngine(stop: () => void): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 1_000).unref();
  const input = fstatSync(0);
  // Through a shell the parent stays; the pipe from the engine still closes.
  if (input.isFIFO() || input.isSocket()) process.stdin.on("end", stop).on("error", stop).resume();
}

/** Options of engines with logging or tracing turned on come with the address: `--logtostderr -v=9 --tracing URL`. */
export function engineAddress(args: readonly string[]): string | undefined {
  return args.filter((arg, index) => !arg.startsWith("-") && args[index - 1] !== "--tracing").at(-1);
}
