import { CommandError, run } from "../process";
import type { Progress, Step } from "../toolchain/progress";
import { ensureSystemPackages } from "../toolchain/system-packages";

/** Largest image of the platform over a slow line. */
const DEADLINE_MS = 30 * 60_000;

/** What skopeo says when there is nobody at the other end; any other answer is about one image only. */
const UNREACHED =
  /dial tcp|no such host|server misbehaving|connection refused|network is unreachable|i\/o timeout|TLS handshake timeout/;

/** An image could not be copied. */
export class CopyError extends Error {
  constructor(
    message: string,
    /** Nobody answers there, so that no other image can be had from it either. */
    readonly unreached: boolean,
  ) {
    super(message);
  }
}

/**
 * Sees to it that there is skopeo: whatever release this host has, else Debian's.
 *
 * @throws where there is none and no package can be installed
 */
export async function ensureSkopeo(progress: Progress): Promise<void> {
  try {
    await run("skopeo", ["--version"]);
  } catch {
    await ensureSystemPackages(["skopeo"], progress);
  }
}

/**
 * Copies an image with all its platforms, and without a change of its digest. Passwords, certificates and mirrors of
 * registries are those of the host's own files, as for `skopeo login`.
 *
 * @param from with skopeo's transport, as `to`
 * @throws CopyError
 */
export async function copyImage(from: string, to: string, step: Step, signal?: AbortSignal): Promise<void> {
  const args = ["copy", "--all", "--preserve-digests", "--retry-times", "2", from, to];
  try {
    await run("skopeo", args, {
      onLine: (line) => step.update(line),
      deadlineMs: DEADLINE_MS,
      endsWithUs: true,
      signal,
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof CommandError)) throw error;
    const reason = reasonIn(error);
    throw new CopyError(reason, UNREACHED.test(reason));
  }
}

/** skopeo's last word, without the form of its log. */
function reasonIn({ tail, reason }: CommandError): string {
  const quoted = /level=fatal msg=("(?:[^"\\]|\\.)*")/.exec(tail)?.[1];
  return quoted === undefined ? `${reason}${tail === "" ? "" : `: ${tail.split("\n").at(-1)}`}` : JSON.parse(quoted);
}
