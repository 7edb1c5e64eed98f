import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client, ConnectConfig } from "ssh2";
import { describeEndpoint, type Endpoint } from "./endpoint";
import { fingerprint, type HostKey, keyType, parseHostKey, signatureAlgorithms } from "./host-key";

/** First pause between two attempts: a machine that boots in a second is met at once. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** A machine that boots may get its authorized key later than its sshd: pauses and attempts for that case. */
const REFUSED_LOGIN_PAUSE_MS = 2_000;
const REFUSED_LOGIN_LIMIT = 10;

/** With crypto of Node itself; the default order prefers a cipher that is slow without a native module. */
const CIPHERS = [
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "aes128-ctr",
  "aes256-ctr",
  "chacha20-poly1305@openssh.com",
] as const;

export interface DialOptions {
  signal: AbortSignal;
  /** Told about failed attempts. */
  report: (message: string) => void;
  /** Seconds between two signs of life on an idle connection. */
  keepaliveSeconds: number;
  /** Raw connection to the machine; a bastion's tunnel, TCP otherwise. */
  tunnel?: () => Promise<Duplex>;
}

/** Unanswered signs of life after which a connection counts as lost. */
export const KEEPALIVE_MISSES = 2;

/** An attempt's failure and whether another one can mend it. */
export class DialError extends Error {
  constructor(
    message: string,
    readonly kind: "unreachable" | "login" | "final",
  ) {
    super(message);
    this.name = "DialError";
  }
}

/** Pause after the n-th failed attempt (from 1), in milliseconds. */
export function pauseAfter(failures: number, kind: DialError["kind"]): number {
  if (kind === "login") return REFUSED_LOGIN_PAUSE_MS;
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
}

/**
 * Connects and logs in, trying again while the machine is not up yet.
 *
 * @throws DialError at once for a wrong host key or unusable credentials, else when the limit is reached.
 */
export async function dial(endpoint: Endpoint, options: DialOptions): Promise<Client> {
  const begun = Date.now();
  let refusedLogins = 0;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt(endpoint, options);
    } catch (error) {
      options.signal.throwIfAborted();
      const failure = error instanceof DialError ? error : new DialError((error as Error).message, "unreachable");
      if (failure.kind === "final") throw failure;
      if (failure.kind === "login") refusedLogins++;
      const limit = endpoint.dialErrorLimit;
      if ((limit >= 0 && failures > limit) || refusedLogins >= REFUSED_LOGIN_LIMIT) {
        throw givenUp(endpoint, failure, failures, Date.now() - begun);
      }
      options.report(
        `${describeEndpoint(endpoint)}: attempt ${failures}${limit < 0 ? "" : ` of ${limit + 1}`} failed: ${failure.message}`,
      );
      await pause(pauseAfter(failures, failure.kind), options.signal);
    }
  }
}

function givenUp(endpoint: Endpoint, last: DialError, attempts: number, ms: number): DialError {
  const where = describeEndpoint(endpoint);
  const tried = `${attempts} attempt${attempts === 1 ? "" : "s"} in ${(ms / 1000).toFixed(1)} s`;
  const next =
    last.kind === "login"
      ? `check that the key belongs to a line of ~${endpoint.user}/.ssh/authorized_keys on the machine`
      : `check that the machine is up and that sshd listens there (nc -vz ${endpoint.host} ${endpoint.port}), or raise connection.dialErrorLimit`;
  return new DialError(`cannot reach ${where}: ${tried}, the last: ${last.message}; ${next}`, last.kind);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    }
  });
}

async function attempt(endpoint: Endpoint, options: DialOptions): Promise<Client> {
  options.signal.throwIfAborted();
  const expected = parseHostKey(endpoint.hostKey);
  // Loaded when the first connection is made: it is half of the plugin's start-up time.
  const { Client: SshClient, utils } = await import("ssh2");
  const config = loginConfig(endpoint, utils);
  const timeoutMs = endpoint.perDialTimeout * 1000;
  const socket = options.tunnel ? await options.tunnel() : await tcp(endpoint, timeoutMs, options.signal);
  const client = new SshClient();
  let offered: Buffer | undefined;
  return new Promise<Client>((resolve, reject) => {
    const giveUp = (): void => finish(new DialError("cancelled", "final"));
    const finish = (error: DialError | undefined): void => {
      options.signal.removeEventListener("abort", giveUp);
      client.removeListener("error", failed).removeListener("close", closed);
      if (!error) {
        resolve(client);
        return;
      }
      // Whatever still arrives after this is of no interest.
      client.on("error", () => {});
      client.destroy();
      socket.destroy();
      reject(error);
    };
    const failed = (error: Error & { level?: string }): void =>
      finish(classify(error, endpoint, expected, offered, timeoutMs));
    const closed = (): void => finish(new DialError("the machine closed the connection", "unreachable"));
    options.signal.addEventListener("abort", giveUp, { once: true });
    client
      .on("ready", () => finish(undefined))
      .on("error", failed)
      .on("close", closed)
      .connect({
        ...config,
        sock: socket,
        readyTimeout: timeoutMs,
        keepaliveInterval: options.keepaliveSeconds * 1000,
        keepaliveCountMax: KEEPALIVE_MISSES,
        hostVerifier: (key: Buffer) => {
          offered = key;
          return expected.blob.equals(key);
        },
        algorithms: {
          serverHostKey: [...signatureAlgorithms(expected)] as NonNullable<
            ConnectConfig["algorithms"]
          >["serverHostKey"],
          cipher: [...CIPHERS],
        },
      });
  });
}

function tcp({ host, port }: Endpoint, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const timer =
      timeoutMs > 0
        ? setTimeout(() => finish(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs)
        : undefined;
    const abort = (): void => finish(new Error("cancelled"));
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.removeAllListeners("error").removeAllListeners("connect");
      if (!error) {
        resolve(socket);
        return;
      }
      socket.on("error", () => {}).destroy();
      reject(error);
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.once("connect", () => finish()).once("error", (error) => finish(plainReason(error)));
  });
}

/** Several addresses of one name fail as a group whose own message is empty. */
function plainReason(error: Error): Error {
  return error instanceof AggregateError && error.errors.length > 0 ? (error.errors[0] as Error) : error;
}

function loginConfig(endpoint: Endpoint, utils: typeof import("ssh2").utils): ConnectConfig {
  const { user: username, privateKey, privateKeyPassword: passphrase, password } = endpoint;
  const agent =
    endpoint.agentSocketPath ??
    (privateKey === undefined && password === undefined ? process.env.SSH_AUTH_SOCK : undefined);
  if (privateKey !== undefined) {
    const parsed = utils.parseKey(privateKey, passphrase);
    if (parsed instanceof Error) {
      throw new DialError(
        `connection.privateKey of ${describeEndpoint(endpoint)} cannot be used: ${parsed.message}; give the whole private key, and privateKeyPassword when it is encrypted`,
        "final",
      );
    }
  }
  if (privateKey === undefined && password === undefined && agent === undefined) {
    throw new DialError(
      `connection of ${describeEndpoint(endpoint)} has no way to log in: give privateKey, agentSocketPath or password`,
      "final",
    );
  }
  return {
    username,
    ...(privateKey === undefined ? {} : { privateKey, passphrase }),
    ...(agent === undefined ? {} : { agent }),
    ...(password === undefined ? {} : { password }),
    authHandler: [
      ...(privateKey === undefined ? [] : (["publickey"] as const)),
      ...(agent === undefined ? [] : (["agent"] as const)),
      ...(password === undefined ? [] : (["password"] as const)),
    ],
  };
}

function classify(
  error: Error & { level?: string },
  endpoint: Endpoint,
  expected: HostKey,
  offered: Buffer | undefined,
  timeoutMs: number,
): DialError {
  const where = `${endpoint.host}:${endpoint.port}`;
  const advice =
    "Nothing was sent. If the machine was really reinstalled, put its new key into connection.hostKey; if not, somebody else answers at that address";
  if (offered && !expected.blob.equals(offered)) {
    return new DialError(
      `host key mismatch at ${where}: expected ${expected.type} ${fingerprint(expected.blob)}, offered ${keyType(offered)} ${fingerprint(offered)}. ${advice}`,
      "final",
    );
  }
  if (/no matching host key/i.test(error.message)) {
    return new DialError(
      `host key mismatch at ${where}: expected ${expected.type} ${fingerprint(expected.blob)}, but the machine offers no key of that type. ${advice}`,
      "final",
    );
  }
  if (error.level === "client-authentication") {
    return new DialError(`${where} refuses to log in ${endpoint.user} with what the connection gives`, "login");
  }
  if (error.level === "client-timeout" && !/keepalive/i.test(error.message)) {
    return new DialError(`no SSH handshake within ${timeoutMs / 1000} s`, "unreachable");
  }
  return new DialError(error.message, "unreachable");
}
