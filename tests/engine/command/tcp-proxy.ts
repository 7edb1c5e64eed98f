import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A TCP relay on loopback that a test can watch, freeze and cut. */
export interface TcpProxy {
  port: number;
  /** Connections so far. */
  connections(): number;
  /** Everything that clients sent, in order. */
  sent(): Buffer;
  /** Bytes that clients sent. */
  sentBytes(): number;
  /** From now on nothing passes and nobody is told, as when a cable is pulled. */
  freeze(): void;
  /** Closes every connection once clients have sent this many bytes more. */
  cutAfter(bytes: number): void;
  stop(): Promise<void>;
}

export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const chunks: Buffer[] = [];
  let count = 0;
  let total = 0;
  let frozen = false;
  let cutAt = Number.POSITIVE_INFINITY;
  const server = createServer((client) => {
    count++;
    const target = connect(targetPort, "127.0.0.1");
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
    client.on("data", (data: Buffer) => {
      total += data.length;
      if (total < 1_000_000) chunks.push(data);
      if (total >= cutAt) {
        for (const socket of sockets) socket.destroy();
      } else if (!frozen) target.write(data);
    });
    target.on("data", (data: Buffer) => {
      if (!frozen) client.write(data);
    });
    client.on("close", () => frozen || target.destroy());
    target.on("close", () => frozen || client.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    connections: () => count,
    sent: () => Buffer.concat(chunks),
    sentBytes: () => total,
    freeze: () => {
      frozen = true;
    },
    cutAfter: (bytes) => {
      cutAt = total + bytes;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
