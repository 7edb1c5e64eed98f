import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientChannel } from "ssh2";
import type { PropertyValue } from "../host";
import { type CopySource, readSource } from "./copy-source";
import { shellQuote } from "./environment";
import { lineSplitter } from "./output";
import type { Endpoint } from "./ssh/endpoint";
import type { Caller, ConnectionPool } from "./ssh/pool";
import { runRemote } from "./ssh/remote-run";
import { send } from "./ssh/send";

/**
 * Copies a source to a machine: what is there already, byte for byte, is not sent; the rest arrives under
 * another name, is checked, synced and then renamed.
 *
 * One shell session instead of SFTP: the machine compares and verifies SHA-256 itself, and a copy that is cut
 * off cleans up behind itself.
 */
export async function copyToRemote(
  pool: ConnectionPool,
  endpoint: Endpoint,
  value: PropertyValue | undefined,
  remotePath: string,
  timeoutSeconds: number,
  caller: Caller,
): Promise<void> {
  if (remotePath === "" || /[\n\r\0]| $/.test(remotePath)) {
    throw new Error(`remotePath ${JSON.stringify(remotePath)} is not a path`);
  }
  const source = await readSource(value);
  const script = readFileSync(join(__dirname, "receive.sh"), "utf8");
  const argument = [remotePath, source.kind, source.name || "-"].map(shellQuote).join(" ");
  await runRemote(
    pool,
    endpoint,
    {
      subject: `copy of ${source.title} to ${remotePath}`,
      // The login shell may be any; the script is for a POSIX one.
      command: `exec sh -c ${shellQuote(script)} receive.sh ${argument}`,
      converse: (channel) => sendWanted(channel, source),
      environment: {},
      timeoutSeconds,
      redact: (text) => text,
    },
    caller,
  );
}

/** The list of files as receive.sh reads it. */
export function manifest({ directories, files }: CopySource): string {
  const lines = [
    ...directories.map((path) => `d ${path}`),
    ...files.map(({ mode, size, sha256, path }) => `f ${mode} ${size} ${sha256} ${path}`),
  ];
  return `${lines.join("\n")}\n\n`;
}

async function sendWanted(channel: ClientChannel, source: CopySource): Promise<void> {
  const answer = wantedNumbers(channel);
  channel.write(manifest(source));
  const numbers = await answer;
  for (const number of numbers) {
    const file = source.files[number - 1];
    if (!file) throw new Error(`the machine asks for file ${number} of ${source.files.length}`);
    await send(channel, file.read());
  }
  channel.end();
}

/** Numbers that the machine asks for; none when it ends before it has said so. */
function wantedNumbers(channel: ClientChannel): Promise<number[]> {
  return new Promise((resolve) => {
    const numbers: number[] = [];
    const lines = lineSplitter((line) => {
      if (line === "end") resolve(numbers);
      else numbers.push(Number(line));
    });
    channel.on("data", (chunk: Buffer) => lines.feed(chunk.toString("latin1")));
    channel.once("close", () => resolve([]));
  });
}
