import { createHash } from "node:crypto";

/** A public host key: its type and the bytes that a server offers. */
export interface HostKey {
  type: string;
  blob: Buffer;
}

/** Signature algorithms that prove possession of a key; RSA keys have several. */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

/**
 * Reads a public key in authorized_keys form: `ssh-ed25519 AAAA… comment`.
 *
 * @throws when the text is no such key; the message never holds the text.
 */
export function parseHostKey(text: string): HostKey {
  const [type = "", encoded = ""] = text.trim().split(/\s+/);
  if (!(type in ALGORITHMS)) {
    throw new Error(
      `hostKey does not start with a known key type (${Object.keys(ALGORITHMS).join(", ")}); give one line of the machine's /etc/ssh/ssh_host_*_key.pub`,
    );
  }
  const blob = Buffer.from(encoded, "base64");
  // The bytes repeat the type in front, which tells a truncated or mixed-up key.
  if (keyType(blob) !== type) throw new Error(`hostKey is not a whole ${type} key; copy the line again`);
  return { type, blob };
}

/** Type that a key's bytes start with. */
export function keyType(blob: Buffer): string {
  if (blob.length < 4) return "";
  const length = blob.readUInt32BE(0);
  return length > 64 || blob.length < 4 + length ? "" : blob.toString("latin1", 4, 4 + length);
}

export const signatureAlgorithms = (key: HostKey): readonly string[] => ALGORITHMS[key.type] ?? [key.type];

/** `SHA256:…` as ssh-keygen and ssh print it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}
