import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import { cancelled } from "../../host";
import { exportLines } from "../environment";
import { collect, follow, lastLines, lineSplitter, type Output } from "../output";
import { describeEndpoint, type Endpoint } from "./endpoint";
import { type Caller, type ConnectionPool, open } from "./pool";

export interface RemoteCommand {
  /** What messages call it: `command`, `copy of … to …`. */
  subject: string;
  command: string;
  stdin?: string;
  /** Talks with the command instead of giving it `stdin`; ends the channel's input itself. */
  converse?: (channel: ClientChannel) => Promise<void>;
  environment: Readonly<Record<string, string>>;
  /** Called with each complete line, when given. */
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
  /** False when `onStdout` is enough, for what is too large to be kept. Default true. */
  keepStdout?: boolean;
  /** Seconds after which the command is ended; 0 for no limit. */
  timeoutSeconds: number;
  /** Takes secrets out of what the error message repeats. */
  redact: (text: string) => string;
}

/** Milliseconds between asking a command to end and making it end. */
const GRACE_MS = 2_000;

/** Milliseconds that ending a command may take before we leave it to its fate. */
const KILL_DEADLINE_MS = 5_000;

/** Milliseconds within which the machine confirms that a channel is closed. */
const CLOSE_DEADLINE_MS = 1_000;

/** Milliseconds within which a shell that has just been started tells its process group. */
const START_DEADLINE_MS = 1_000;

/**
 * What the machine's login shell is given.
 *
 * The environment arrives on standard input and not here: every user of a machine can read another's command
 * line. sshd's own way (AcceptEnv) is closed by default. The shell first tells its process group, which ends
 * with it when the run is cancelled: sshd refuses to signal for root, and leaves a command without a terminal
 * running when its connection closes.
 */
export function shellText(marker: string, command: string, environmentBytes: number): string {
  const environment = environmentBytes > 0 ? `eval "$(head -c ${environmentBytes})"\n` : "";
  return `echo ${marker}$$ >&2\n${environment}${command}`;
}

/**
 * Runs a command on a machine and returns what it printed.
 *
 * @throws with exit code and the last lines of standard error; never with the command or its input.
 */
export async function runRemote(
  pool: ConnectionPool,
  endpoint: Endpoint,
  request: RemoteCommand,
  caller: Caller,
): Promise<Output> {
  const marker = `ofwasm-${randomBytes(6).toString("hex")}:`;
  const environment = exportLines(request.environment);
  const text = shellText(marker, request.command, Buffer.byteLength(environment));
  const where = `${request.subject} on ${describeEndpoint(endpoint)}`;
  return pool.withSession(endpoint, text, caller, async ({ client, channel, ended }) => {
    const stdoutLines = request.onStdout && lineSplitter(request.onStdout);
    const stderrLines = request.onStderr && lineSplitter(request.onStderr);
    const group = groupReader(marker, (rest) => stderrLines?.feed(rest));
    const stdout =
      request.keepStdout === false ? passOn(channel, stdoutLines?.feed) : collect(channel, stdoutLines?.feed);
    collect(channel.stderr, group.feed);

    let ending: string | undefined;
    const end = (why: string): void => {
      if (ending) return;
      ending = why;
      void endGroup(client, group.id).finally(() => {
        channel.destroy();
        // A machine that is gone does not confirm it.
        setTimeout(() => channel.emit("close"), CLOSE_DEADLINE_MS).unref();
      });
    };
    const abort = (): void => end("cancelled");
    caller.signal.addEventListener("abort", abort, { once: true });
    const timer =
      request.timeoutSeconds > 0
        ? setTimeout(() => end(`not done within ${request.timeoutSeconds} s`), request.timeoutSeconds * 1000)
        : undefined;
    if (caller.signal.aborted) abort();

    try {
      const talk = request.converse?.(channel);
      if (!talk) channel.end(environment + (request.stdin ?? ""));
      const exit = await Promise.race([ended, failureOf(talk)]);
      stdoutLines?.end();
      stderrLines?.end();
      const tail = (): string => {
        const lines = request.redact(lastLines(group.rest()));
        return lines ? `; the last of its standard error:\n${lines}` : "";
      };
      if (ending === "cancelled") throw cancelled(`${where}: cancelled, and ended there`);
      if (ending) throw new Error(`${where}: ${ending}, and ended there${tail()}`);
      if (exit.code === undefined && exit.signal === undefined) {
        throw new Error(
          `${where}: the connection was lost before it ended, so it may still be running there; check the machine, then run this again${tail()}`,
        );
      }
      if (exit.code !== 0) {
        throw new Error(`${where}: ${exit.signal ? `killed by SIG${exit.signal}` : `exit code ${exit.code}`}${tail()}`);
      }
      return { stdout: stdout(), stderr: group.rest() };
    } catch (error) {
      channel.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      caller.signal.removeEventListener("abort", abort);
    }
  });
}

/** Like `collect`, of which nothing is left. */
function passOn(channel: ClientChannel, onText: (text: string) => void = () => {}): () => string {
  follow(channel, onText);
  return () => "";
}

/** Settles only when the promise fails. */
function failureOf(promise: Promise<void> | undefined): Promise<never> {
  return new Promise((_, reject) => promise?.catch(reject));
}

/** Takes the line with the process group out of standard error, wherever a login script put its own lines. */
function groupReader(marker: string, onRest: (text: string) => void) {
  let head = "";
  let group: number | undefined;
  const parts: string[] = [];
  const pass = (text: string): void => {
    if (!text) return;
    parts.push(text);
    onRest(text);
  };
  return {
    feed(text: string): void {
      if (group !== undefined) {
        pass(text);
        return;
      }
      head += text;
      const at = head.indexOf(marker);
      const end = at < 0 ? -1 : head.indexOf("\n", at);
      if (end < 0) return;
      group = Number(head.slice(at + marker.length, end));
      pass(head.slice(0, at) + head.slice(end + 1));
      head = "";
    },
    id: () => group,
    /** Standard error without our line; a shell that never got there has only its own message. */
    rest: () => parts.join("") + head,
  };
}

/** Ends a process group: asks, waits, then kills; with sudo for what was started with it. */
export function endText(group: number): string {
  return [
    `end() { kill -"$1" -- -${group} 2>/dev/null; pkill -"$1" -s ${group} 2>/dev/null; [ "$(id -u)" = 0 ] ||`,
    `sudo -n sh -c 'kill -"$1" -- -${group}; pkill -"$1" -s ${group}' sh "$1" 2>/dev/null; }`,
    `\nalive() { pgrep -s ${group} >/dev/null 2>&1 || kill -0 -- -${group} 2>/dev/null; }`,
    `\nend TERM; n=0; while alive && [ $n -lt ${GRACE_MS / 100} ]; do sleep 0.1; n=$((n+1)); done; alive && end KILL; :`,
  ].join(" ");
}

async function endGroup(client: Client, groupOf: () => number | undefined): Promise<void> {
  for (let waited = 0; groupOf() === undefined && waited < START_DEADLINE_MS; waited += 20) await sleep(20);
  const group = groupOf();
  if (group === undefined || !Number.isInteger(group) || group <= 1) return;
  const killing = open(client, endText(group))
    .then(({ channel, ended }) => {
      channel.resume();
      channel.stderr.resume();
      return ended;
    })
    .catch(() => {});
  await Promise.race([killing, sleep(KILL_DEADLINE_MS)]);
}
