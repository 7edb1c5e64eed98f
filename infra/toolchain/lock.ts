import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** How long a second run waits for the first: longer than the slowest artifact takes to build. */
const DEFAULT_WAIT_SECONDS = 45 * 60;

/** Somebody else holds the lock, and went on holding it. */
export class LockBusyError extends Error {
  constructor(file: string, seconds: number) {
    super(`${file} is held by another run for more than ${seconds} s; end that run, then try again`);
    this.name = "LockBusyError";
  }
}

/**
 * Runs `body` while holding an exclusive kernel lock on `file`.
 *
 * util-linux `flock` holds the lock in a child whose input is our pipe: when this process dies, however it
 * dies, the pipe closes, the child ends and the lock is free. No stale lock can be left.
 *
 * @param waiting called once when somebody else holds the lock
 * @throws LockBusyError when the lock is not had within `waitSeconds`; 0 asks once
 */
export async function withLock<T>(
  file: string,
  body: () => Promise<T>,
  options: { waitSeconds?: number; waiting?: () => void } = {},
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const release = (await acquire(file, 0)) ?? (await waitFor(file, options));
  try {
    return await body();
  } finally {
    await release();
  }
}

async function waitFor(
  file: string,
  options: { waitSeconds?: number; waiting?: () => void },
): Promise<() => Promise<void>> {
  options.waiting?.();
  const seconds = options.waitSeconds ?? DEFAULT_WAIT_SECONDS;
  const release = seconds > 0 ? await acquire(file, seconds) : undefined;
  if (!release) throw new LockBusyError(file, seconds);
  return release;
}

/** Exit codes of the holder: somebody else has the lock; the file that was locked is not the one of that name. */
const BUSY = 75;
const GONE = 76;

/**
 * Holds the lock until its input ends. A file that its last holder removed in the meantime is no lock any more: the
 * next run would lock a new file of that name.
 */
const HOLD = `
[ -e "$1" ] || : >>"$1" || exit 1
exec 9<"$1" || exit 1
flock -x -E ${BUSY} $2 9 || exit
[ "$(stat -L -c %d:%i /proc/self/fd/9)" = "$(stat -c %d:%i -- "$1" 2>/dev/null)" ] || exit ${GONE}
echo held
exec cat >/dev/null`;

function acquire(file: string, waitSeconds: number): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const wait = waitSeconds === 0 ? "-n" : `-w ${waitSeconds}`;
    const holder = spawn("sh", ["-c", HOLD, "lock", file, wait], {
      stdio: ["pipe", "pipe", "ignore"],
      // Ctrl-C reaches the whole foreground group; the lock must outlast it until we let go.
      detached: true,
    });
    const ended = new Promise<void>((done) => holder.once("close", () => done()));
    holder.once("error", (error) => reject(new Error(`cannot lock ${file}: ${error.message}`)));
    holder.stdout.once("data", () => {
      resolve(async () => {
        holder.stdin.end();
        await ended;
      });
    });
    holder.once("close", (code) => {
      if (code === BUSY) resolve(undefined);
      else if (code === GONE) acquire(file, waitSeconds).then(resolve, reject);
      else reject(new Error(`cannot lock ${file}: exit code ${code}; is flock (util-linux) installed?`));
    });
  });
}
