import { compositionNamed } from "../../../stacks/registry";
import { prepareArtifacts } from "../../artifacts";
import type { Engine, Session } from "../../engine/session";
import { ensureToolchain } from "../../toolchain";
import { streamProgress } from "../../toolchain/progress";

/** The toolchain, with its progress on the terminal. */
export async function prepareEngine(): Promise<Engine> {
  return ensureToolchain(streamProgress());
}

/** The toolchain and everything that the stack's program needs, so that the engine starts with nothing to wait for. */
export async function prepareRun({ stack, settings }: Session): Promise<Engine> {
  const { needs } = compositionNamed(settings.composition || stack);
  const engine = await prepareEngine();
  await prepareArtifacts(needs, stack, settings, streamProgress());
  return engine;
}
