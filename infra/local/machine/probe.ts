import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "ssh2";

/** Milliseconds for one attempt to talk to sshd. */
const ATTEMPT_MS = 3_000;

/** The base64 part of a public key: what has to agree. */
export const keyBody = (publicKey: string): string => publicKey.trim().split(" ")[1] ?? "";

/** Dials sshd as far as its host key and hangs up. */
function offeredHostKey(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let offered: string | undefined;
    client.on("error", (error) => (offered === undefined ? reject(error) : resolve(offered)));
    client.on("close", () => (offered === undefined ? reject(new Error("connection closed")) : resolve(offered)));
    client.connect({
      host: address,
      username: "root",
      readyTimeout: ATTEMPT_MS,
      algorithms: { serverHostKey: ["ssh-ed25519"] },
      hostVerifier: (key: Buffer) => {
        offered = key.toString("base64");
        return false;
      },
    });
  });
}

/**
 * Waits until sshd answers with the expected host key.
 *
 * @param alive looked at between attempts: throws when waiting has become pointless
 * @throws when another key is offered, or nothing answers before the deadline.
 */
export async function awaitSsh(
  address: string,
  publicKey: string,
  deadlineMs: number,
  alive: () => void,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    alive();
    const answer = await offeredHostKey(address).then(
      (key) => ({ key }),
      (error: Error) => ({ error }),
    );
    if ("key" in answer) {
      if (answer.key === keyBody(publicKey)) return;
      throw new Error(`${address} answers SSH with another host key: something else has this address; free it`);
    }
    if (Date.now() > end)
      throw new Error(`${address} does not answer SSH within ${deadlineMs} ms: ${answer.error.message}`);
    await sleep(25);
  }
}
