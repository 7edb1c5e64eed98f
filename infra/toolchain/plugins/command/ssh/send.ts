import type { ClientChannel } from "ssh2";

/** Writes to a command's standard input as fast as it reads; a command that ended early is left to say why itself. */
export async function send(
  channel: ClientChannel,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of chunks) {
    if (!channel.writable) return;
    if (!channel.write(chunk)) await drained(channel);
  }
}

/** Waits until the channel takes more, or is gone. */
function drained(channel: ClientChannel): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      channel.removeListener("drain", done).removeListener("close", done);
      resolve();
    };
    channel.once("drain", done).once("close", done);
  });
}
