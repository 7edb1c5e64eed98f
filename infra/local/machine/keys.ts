import { utils } from "ssh2";
import type { KeyPair } from "../../../components/node-pool/spec";

/** Bytes of an ed25519 public key with its name and lengths: 4 + 11 + 4 + 32. */
const PUBLIC_KEY_BYTES = 51;

/**
 * Makes an ed25519 key pair without passphrase.
 *
 * The generator drops leading zero bytes, which makes one pair in 256 unreadable for everybody: such a pair is
 * thrown away.
 */
export function makeKeyPair(): KeyPair {
  for (;;) {
    const made = utils.generateKeyPairSync("ed25519");
    const blob = Buffer.from(made.public.trim().split(" ")[1] ?? "", "base64");
    if (blob.length === PUBLIC_KEY_BYTES) return { privateKey: made.private, publicKey: made.public.trim() };
  }
}
