import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { DialError, dial } from "./dial";
import { describeEndpoint, type Endpoint, endpointKey } from "./endpoint";
import { Slots } from "./slots";

export interface PoolOptions {
  /** Seconds between two signs of life on a connection. Default 8: a dead link is noticed within 24 s. */
  keepaliveSeconds?: number;
  /** Milliseconds after which an unused connection is closed. Default 60 000. */
  idleMs?: number;
  /** Sessions at once on one connection. Default 8: sshd allows 10, and two stay free for ending commands. */
  sessions?: number;
}

/** What a caller brings to a connection. */
export interface Caller {
  signal: AbortSignal;
  report: (message: string) => void;
}

/** sshd may be set to fewer sessions than its default; this says that one more was too many. */
const TOO_MANY = /open failure|resource shortage/i;

/** One login to one machine, shared by everyone who needs it. */
class Connection {
  private readonly client: Promise<Client>;
  /** Gone, or not usable any more. */
  closed = false;
  private connected = false;
  private users = 0;
  private readonly slots: Slots;
  private readonly reports = new Set<(message: string) => void>();
  private readonly abort = new AbortController();
  private idle: NodeJS.Timeout | undefined;

  constructor(
    endpoint: Endpoint,
    private readonly options: Required<PoolOptions>,
    tunnel: ((caller: Caller) => Promise<Duplex>) | undefined,
    private readonly gone: () => void,
  ) {
    this.slots = new Slots(options.sessions);
    const caller: Caller = {
      signal: this.abort.signal,
      report: (message) => {
        for (const report of this.reports) report(message);
      },
    };
    this.client = dial(endpoint, {
      ...caller,
      keepaliveSeconds: options.keepaliveSeconds,
      ...(tunnel ? { tunnel: () => tunnel(caller) } : {}),
    });
    this.client.then(
      (client) => {
        this.connected = true;
        client.on("error", () => this.close()).on("close", () => this.close());
      },
      () => this.close(),
    );
  }

  /** Runs `body` with the connection kept open; a connection that nobody uses closes after a while. */
  async use<T>(caller: Caller, body: (client: Client) => Promise<T>): Promise<T> {
    this.users++;
    clearTimeout(this.idle);
    this.reports.add(caller.report);
    try {
      return await body(await unlessAborted(this.client, caller.signal));
    } finally {
      this.reports.delete(caller.report);
      this.users--;
      if (this.users === 0 && !this.closed) this.rest();
    }
  }

  private rest(): void {
    // Nobody waits any more for a machine that has not answered yet.
    if (!this.connected) {
      this.close();
      return;
    }
    this.idle = setTimeout(() => this.close(), this.options.idleMs);
    this.idle.unref();
  }

  /** Starts a command when a session is free; `done` frees it again. */
  async exec(client: Client, command: string, signal: AbortSignal): Promise<Running & { done(): void }> {
    for (;;) {
      await this.slots.take(signal);
      try {
        return { ...(await open(client, command)), done: () => this.slots.give() };
      } catch (error) {
        const retry = TOO_MANY.test((error as Error).message) && !this.closed;
        if (!retry) {
          this.slots.give();
          throw error;
        }
        if (!this.slots.shrink()) throw error;
      }
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.idle);
    this.gone();
    this.abort.abort(new Error("closed"));
    this.client.then(
      (client) => client.end(),
      () => {},
    );
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** How a command ended; neither is known when its connection was lost. */
export interface Exit {
  code?: number;
  /** Name without SIG. */
  signal?: string;
}

/** A command that has been started. */
export interface Running {
  channel: ClientChannel;
  /** Settles when the channel is closed. */
  ended: Promise<Exit>;
}

/** Milliseconds that a closed channel's standard error may take to be read to its end. */
const LAST_WORDS_MS = 1_000;

/** Starts a command outside the pool's count. */
export function open(client: Client, command: string): Promise<Running> {
  return new Promise((resolve, reject) => {
    // A connection that dies while the channel opens never calls back.
    const lost = (): void => reject(new Error("the connection was lost"));
    client.once("close", lost);
    try {
      client.exec(command, (error, channel) => {
        client.removeListener("close", lost);
        // A short command's end may follow in the same packet, so nothing may come between.
        if (error) reject(error);
        else resolve({ channel, ended: endOf(channel) });
      });
    } catch (error) {
      client.removeListener("close", lost);
      reject(error);
    }
  });
}

function endOf(channel: ClientChannel): Promise<Exit> {
  return new Promise((resolve) => {
    let exit: Exit = {};
    channel.on("exit", (code: number | null, signal?: string) => {
      exit = code === null ? { signal: signal ?? "unknown" } : { code };
    });
    channel.on("close", () => {
      // Standard error is a stream of its own and may still have something to say.
      if (channel.stderr.readableEnded) return resolve(exit);
      channel.stderr.once("end", () => resolve(exit));
      setTimeout(() => resolve(exit), LAST_WORDS_MS).unref();
    });
    // A command that does not read its input closes it early; its exit code tells the story.
    channel.on("error", () => {});
  });
}

/** A session that `withSession` lends: the command, and the connection for side errands. */
export interface Session extends Running {
  client: Client;
}

/**
 * One connection for each machine and login, however many resources live there: sshd drops bursts of logins
 * (MaxStartups), and each costs a round of public-key cryptography.
 */
export class ConnectionPool {
  private readonly connections = new Map<string, Connection>();
  private readonly options: Required<PoolOptions>;

  constructor(options: PoolOptions = {}) {
    this.options = { keepaliveSeconds: 8, idleMs: 60_000, sessions: 8, ...options };
  }

  /** Starts `command` on the machine and hands its channel to `body`; waits while too many sessions are open. */
  async withSession<T>(
    endpoint: Endpoint,
    command: string,
    caller: Caller,
    body: (session: Session) => Promise<T>,
  ): Promise<T> {
    const connection = this.connectionTo(endpoint);
    return connection.use(caller, async (client) => {
      const { done, ...running } = await connection.exec(client, command, caller.signal);
      try {
        return await body({ client, ...running });
      } finally {
        done();
      }
    });
  }

  private connectionTo(endpoint: Endpoint): Connection {
    const key = endpointKey(endpoint);
    const existing = this.connections.get(key);
    if (existing && !existing.closed) return existing;
    const { proxy } = endpoint;
    const connection: Connection = new Connection(
      endpoint,
      this.options,
      proxy ? (caller) => this.tunnel(proxy, endpoint, caller) : undefined,
      () => {
        if (this.connections.get(key) === connection) this.connections.delete(key);
      },
    );
    this.connections.set(key, connection);
    return connection;
  }

  /** A stream to `target` through the bastion, whose own connection is shared like any other. */
  private tunnel(proxy: Endpoint, target: Endpoint, caller: Caller): Promise<Duplex> {
    const connection = this.connectionTo(proxy);
    return new Promise((resolve, reject) => {
      connection
        .use(caller, async (client) => {
          const opening = new Promise<ClientChannel>((opened, failed) => {
            client.forwardOut("127.0.0.1", 0, target.host, target.port, (error, channel) =>
              error ? failed(error) : opened(channel),
            );
          });
          const stream = await opening.catch((error: Error) => {
            const where = describeEndpoint(proxy);
            reject(new DialError(`bastion ${where} gets no connection to it: ${error.message}`, "unreachable"));
          });
          if (!stream) return;
          resolve(stream);
          // The bastion stays in use for as long as the tunnel lives.
          await new Promise((ended) => stream.once("close", ended));
        })
        // The bastion was tried as often as it should be: trying the machine behind it again mends nothing.
        .catch((error: Error) => reject(new DialError(`bastion: ${error.message}`, "final")));
    });
  }

  close(): void {
    for (const connection of [...this.connections.values()]) connection.close();
  }
}
