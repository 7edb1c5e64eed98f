import type { Engine } from "../../engine/session";
import { ensureToolchain } from "../../toolchain";
import { streamProgress } from "../../toolchain/progress";

/** The toolchain with its progress on the terminal. */
export async function prepareEngine(): Promise<Engine> {
  return ensureToolchain(streamProgress());
}
