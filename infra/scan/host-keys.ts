import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Client, ConnectConfig } from "ssh2";
import type { Bastion } from "../settings";
import { DialError, dial } from "../toolchain/plugins/command/ssh/dial";
import { keyType, parseHostKey, signatureAlgorithms } from "../toolchain/plugins/command/ssh/host-key";
import type { KnownHost } from "./known-host";
import { place, sameSshd, type Target } from "./targets";

/** What a machine answered. */
export interface Offered {
  target: Target;
  /** In authorized_keys form. */
  hostKey: string;
  blob: Buffer;
  /** Address that the name led to; absent behind a bastion, which looks it up. */
  dialled?: string;
}

/** Algorithms by preference; the machine offers the key of one. */
const ALGORITHMS = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512"];

/** A machine that runs answers at once. */
const DEADLINE_MS = 10_000;

type Way = (target: Target) => Promise<{ stream: Duplex; dialled?: string }>;

/**
 * Asks each machine for its host key. Only the key exchange takes place: no user is named, nothing is logged in to.
 *
 * @param known hosts, which are asked for the kind of key that they are known by
 * @param bastion is logged in to with the keys of the SSH agent, after its own key was checked
 * @returns what was offered, in order, and a line for each machine that offered nothing
 */
export async function scanHostKeys(
  targets: readonly Target[],
  known: readonly KnownHost[],
  bastion?: Bastion,
): Promise<{ offered: Offered[]; problems: string[] }> {
  const through = bastion === undefined ? undefined : await logIn(bastion);
  try {
    const way: Way = through === undefined ? directly : (target) => forwarded(through, target);
    const asked = await Promise.allSettled(targets.map((target) => offer(target, way, algorithms(target, known))));
    return {
      offered: asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])),
      problems: asked.flatMap((one, index) =>
        one.status === "rejected" ? [`${place(targets[index]!)}: ${(one.reason as Error).message}`] : [],
      ),
    };
  } finally {
    through?.end();
  }
}

async function logIn({ address: host, port, user, hostKey }: Bastion): Promise<Client> {
  const endpoint = { host, port, user, hostKey, dialErrorLimit: 0, perDialTimeout: DEADLINE_MS / 1000 };
  const options = { signal: AbortSignal.timeout(2 * DEADLINE_MS), report: () => {}, keepaliveSeconds: 0 };
  return dial(endpoint, options).catch((error: Error) => {
    throw new DialError(`bastion: ${error.message}`, "final");
  });
}

const directly: Way = ({ address: host, port }) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: DEADLINE_MS });
    socket.once("timeout", () => socket.destroy(new Error(`no answer within ${DEADLINE_MS / 1000} s`)));
    socket.once("error", (error) => reject(error instanceof AggregateError ? error.errors[0] : error));
    socket.once("connect", () => {
      socket.setTimeout(0);
      resolve({ stream: socket, dialled: socket.remoteAddress });
    });
  });

const forwarded = (client: Client, { address, port }: Target): ReturnType<Way> =>
  new Promise((resolve, reject) =>
    client.forwardOut("127.0.0.1", 0, address, port, (error, stream) =>
      error ? reject(new Error(`the bastion gets no connection to it: ${error.message}`)) : resolve({ stream }),
    ),
  );

function algorithms(target: Target, known: readonly KnownHost[]): readonly string[] {
  const found = known.find(({ address, port = 22 }) => sameSshd({ address, port }, target));
  const first = found === undefined ? [] : signatureAlgorithms(parseHostKey(found.hostKey));
  return [...first, ...ALGORITHMS.filter((one) => !first.includes(one))];
}

async function offer(target: Target, way: Way, wanted: readonly string[]): Promise<Offered> {
  const { Client: SshClient } = await import("ssh2");
  const { stream, dialled } = await way(target);
  const client = new SshClient();
  return new Promise<Offered>((resolve, reject) => {
    const end = (): void => {
      client.on("error", () => {}).destroy();
      stream.destroy();
    };
    client
      .on("error", (error) => {
        end();
        reject(new Error(`no host key: ${error.message}`));
      })
      .on("close", () => reject(new Error("it closed the connection before it offered a host key; is it sshd?")))
      .connect({
        sock: stream,
        // Never sent: the connection ends before anybody is logged in.
        username: "nobody",
        readyTimeout: DEADLINE_MS,
        algorithms: { serverHostKey: wanted as NonNullable<ConnectConfig["algorithms"]>["serverHostKey"] },
        hostVerifier: (blob: Buffer) => {
          resolve({
            target,
            hostKey: `${keyType(blob)} ${blob.toString("base64")}`,
            blob,
            ...(dialled ? { dialled } : {}),
          });
          setImmediate(end);
          return false;
        },
      });
  });
}
