import { streamProgress } from "../../toolchain/progress";
import type { Engine } from "../../engine/session";
import { ensureToolchain } from "../../toolchain";

/** The toolchain with its progress on the terminal. */
export async function prepareEngine(): Promise<Engine> {
  return ensureToolchain(streamProgress());
}
