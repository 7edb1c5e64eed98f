import { createHash } from "node:crypto";

/** Secret half of a join token, made once and kept as a secret in the state. */
export interface JoinSecret {
  /** Sixteen characters of a-z and 0-9. */
  secret: string;
  /** RFC 3339 time after which the API server refuses it. */
  expires: string;
}

const ID_LENGTH = 6;

/** Public half of a worker's join token: known at preview, and another for each worker of each cluster. */
export function tokenId(clusterName: string, nodeName: string): string {
  const digest = createHash("sha256").update(`${clusterName}\0${nodeName}`).digest();
  return [...digest.subarray(0, ID_LENGTH)].map((byte) => (byte % 36).toString(36)).join("");
}

/**
 * JavaScript that prints a `JoinSecret`, for `node -e`: there wherever the program runs, no quoting, no shell.
 *
 * @param hours how long the token is good for
 */
export function joinSecretProgram(hours: number): string {
  return [
    "const { randomInt } = require('node:crypto');",
    "const secret = Array.from({ length: 16 }, () => randomInt(36).toString(36)).join('');",
    `const expires = new Date(Date.now() + ${Math.round(hours * 3_600_000)}).toISOString().slice(0, 19) + 'Z';`,
    "process.stdout.write(JSON.stringify({ secret, expires }));",
  ].join("\n");
}

/** JavaScript that prints 16 random hexadecimal digits, for `node -e`. */
export const CLUSTER_ID_PROGRAM = "process.stdout.write(require('node:crypto').randomBytes(8).toString('hex'));";
