import { join } from "node:path";
import type { Progress } from "../toolchain/progress";
import type { ImageCopy } from "./contents";
import { checkImage } from "./image-folder";
import { inParallel } from "./in-parallel";
import { CopyError, copyImage, ensureSkopeo } from "./skopeo";

/** What became of one image. */
export interface Pushed {
  /** What pods are told to pull. */
  reference: string;
  outcome: "pushed" | "missing";
  /** Its digest; for a missing one why it could not be pushed. */
  detail: string;
}

/** An image that is to go from a bundle to a registry. */
export type PushedImage = Pick<ImageCopy, "reference" | "folder" | "digest"> & { to: string };

/** Images at a time; the registry has one line. */
const PARALLEL = 2;

/**
 * Pushes images of a bundle to the registry that the setting `imageRegistry` names, each checked before. What the
 * registry has already is not sent again.
 *
 * @throws where there is no skopeo and none can be installed
 */
export async function pushImages(
  bundle: string,
  images: readonly PushedImage[],
  progress: Progress,
  signal?: AbortSignal,
): Promise<Pushed[]> {
  await ensureSkopeo(progress);
  let silent: string | undefined;
  return inParallel(images, PARALLEL, async ({ reference, folder, digest, to }) => {
    const step = progress.step(reference);
    try {
      const { digest: detail } = await checkImage(join(bundle, folder), digest);
      if (silent !== undefined) throw new Error(silent);
      await copyImage(`dir:${join(bundle, folder)}`, to, step, signal);
      step.done();
      return { reference, outcome: "pushed", detail };
    } catch (error) {
      signal?.throwIfAborted();
      step.fail("missing");
      const { message } = error as Error;
      if (error instanceof CopyError && error.unreached) silent = message;
      return { reference, outcome: "missing", detail: message };
    }
  });
}
