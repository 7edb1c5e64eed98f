import { ConnectionPool } from "../toolchain/plugins/command/ssh/pool";
import { runRemote } from "../toolchain/plugins/command/ssh/remote-run";
import { send } from "../toolchain/plugins/command/ssh/send";
import type { MachineCommand } from "./declared";

/** A script to run on a machine, as root, in place of the command that the stack has there. */
export interface MachineScript {
  /** What messages call it. */
  subject: string;
  /** Text of the script, see `bundleScript`. */
  script: string;
  verb: string;
  inputs: Readonly<Record<string, string>>;
  /** Sent after the inputs and an empty line. */
  payload?: AsyncIterable<Uint8Array>;
  /** Called with each line of standard output, which is kept nowhere. */
  onLine: (line: string) => void;
  timeoutSeconds: number;
}

/**
 * Runs a script on a machine over the connection that the stack has to it.
 *
 * @throws with exit code and the last lines of standard error, or what `onLine` threw
 */
export async function runOnMachine(command: MachineCommand, request: MachineScript): Promise<void> {
  const { subject, script, verb, inputs, payload, onLine, timeoutSeconds } = request;
  const { command: text, stdin } = command.run.instead({ script, verb, inputs });
  const pool = new ConnectionPool({ idleMs: 0 });
  const lines = guarded(onLine);
  try {
    await runRemote(
      pool,
      command.endpoint,
      {
        subject,
        command: text,
        environment: {},
        onStdout: lines.feed,
        keepStdout: false,
        timeoutSeconds,
        redact: (tail) => tail,
        ...(payload === undefined
          ? { stdin }
          : {
              converse: async (channel) => {
                await send(channel, [Buffer.from(`${stdin}\n`)]);
                await send(channel, payload);
                channel.end();
              },
            }),
      },
      { signal: new AbortController().signal, report: (message) => process.stderr.write(`${message}\n`) },
    );
  } finally {
    pool.close();
  }
  lines.check();
}

/** Keeps the first error of a listener, which nobody could catch where it is called. */
function guarded(listener: (line: string) => void): { feed: (line: string) => void; check: () => void } {
  let failure: { error: unknown } | undefined;
  return {
    feed(line) {
      if (failure) return;
      try {
        listener(line);
      } catch (error) {
        failure = { error };
      }
    },
    check() {
      if (failure) throw failure.error;
    },
  };
}
