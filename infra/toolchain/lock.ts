import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** How long a second run waits for the first: longer than the slowest artifact takes to build. */
const DEFAULT_WAIT_SECONDS = 45 * 60;

/**
 * Runs `body` while holding an exclusive kernel lock on `file`.
 *
 * util-linux `flock` holds the lock in a child whose input is our pipe: when this process dies, however it
 * dies, the pipe closes, the child ends and the lock is free. No stale lock can be left.
 *
 * @param waiting called once when somebody else holds the lock
 * @throws when the lock is not had within `waitSeconds`
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
  const release = await acquire(file, seconds);
  if (!release)
    throw new Error(`${file} is held by another run for more than ${seconds} s; end that run, then try again`);
  return release;
}

function acquire(file: string, waitSeconds: number): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const wait = waitSeconds === 0 ? ["-n"] : ["-w", String(waitSeconds)];
    const holder = spawn("flock", ["-x", "-E", "75", ...wait, file, "sh", "-c", "echo held; exec cat >/dev/null"], {
      stdio: ["pipe", "pipe", "ignore"],
    });
    const ended = new Promise<void>((done) => holder.once("close", () => done()));
    holder.once("error", (error) =>
      reject(new Error(`flock (util-linux) is needed to lock ${file}: ${error.message}`)),
    );
    holder.stdout.once("data", () => {
      resolve(async () => {
        holder.stdin.end();
        await ended;
      });
    });
    holder.once("close", (code) => {
      if (code === 75) resolve(undefined);
      else reject(new Error(`cannot lock ${file}: flock exit code ${code}`));
    });
  });
}
