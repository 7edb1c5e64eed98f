import { CommandError, run } from "../process";
import type { Progress, Step } from "../toolchain/progress";
import { ensureSystemPackages } from "../toolchain/system-packages";

/** Largest image of the platform over a slow line. */
const DEADLINE_MS = 30 * 60_000;

/** What skopeo says when there is nobody at the other end; any other trouble is about one image only. */
const UNREACHED =
  /dial tcp|no such host|server misbehaving|connection refused|network is unreachable|TLS handshake timeout/;

/** Keeps digests as they are; skopeo before 1.6 does not know it. */
const PRESERVE = "--preserve-digests";

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
 * Sees to it that there is skopeo: the one that this host has, else Debian's.
 *
 * @throws where there is none and no package can be installed, or it is too old
 */
export async function ensureSkopeo(progress: Progress): Promise<void> {
  const help = (): Promise<string> => run("skopeo", ["copy", "--help"]).then(({ stdout }) => stdout);
  const text = await help().catch(async () => {
    await ensureSystemPackages(["skopeo"], progress);
    return help();
  });
  if (text.includes(PRESERVE)) return;
  const { stdout } = await run("skopeo", ["--version"]);
  throw new Error(`${stdout.trim()} of this host cannot keep digests (${PRESERVE}); install 1.6 or a newer one`);
}

/**
 * Copies an image with all its platforms, and without a change of its digest. Passwords, certificates and mirrors of
 * registries are those of the host's own files, as for `skopeo login`.
 *
 * @param from with skopeo's transport, as `to`
 * @throws CopyError
 */
export async function copyImage(from: string, to: string, step: Step, signal?: AbortSignal): Promise<void> {
  const args = ["copy", "--all", PRESERVE, "--retry-times", "2", from, to];
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
  return quoted === undefined ? `${reason}${tail === "" ? "" : `: ${tail.split("\n").at(-1)}`}` : unquoted(quoted);
}

/** Go quotes more than JSON does. */
function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}
