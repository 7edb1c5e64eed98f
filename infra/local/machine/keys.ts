import { utils } from "ssh2";
import type { KeyPair } from "../../../components/node-pool/spec";

/** Makes an ed25519 key pair without passphrase. */
export function makeKeyPair(): KeyPair {
  const made = utils.generateKeyPairSync("ed25519");
  return { privateKey: made.private, publicKey: made.public.trim() };
}
