import { join } from "node:path";
import { cacheRoot } from "../paths";
import { run } from "../process";
import { withLock } from "./lock";
import type { Progress } from "./progress";

/** Another apt on this host may hold its lock for as long as an unattended upgrade takes. */
const LOCK_WAIT_SECONDS = 300;

/** The wait for that lock, and a slow mirror. */
const APT_DEADLINE_MS = 15 * 60_000;

/**
 * Sees to it that Debian packages are installed on this host; does nothing when they are.
 *
 * @throws when one is missing and this is no Debian-like host, or the caller is not root: names the packages.
 */
export async function ensureSystemPackages(packages: readonly string[], progress: Progress): Promise<void> {
  if ((await missingPackages(packages)).length === 0) return;
  // The package index is shared by all, so two runs at once would only get in each other's way.
  await withLock(join(cacheRoot(), "system-packages.lock"), async () => {
    const missing = await missingPackages(packages);
    if (missing.length > 0) await install(missing, progress);
  });
}

async function install(packages: readonly string[], progress: Progress): Promise<void> {
  const list = packages.join(" ");
  if (process.getuid?.() !== 0)
    throw new Error(`packages missing on this host: ${list}; install them, or run this as root`);
  const step = progress.step(`system packages: ${list}`);
  const onLine = (line: string): void => step.update(line);
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, onLine, deadlineMs: APT_DEADLINE_MS };
  const apt = ["-q", "-o", `DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`];
  const installation = [...apt, "install", "-y", "--no-install-recommends", ...packages];
  try {
    // The index on this host is often good enough, and fetching it takes longer than the packages.
    await run("apt-get", installation, options).catch(async () => {
      await run("apt-get", [...apt, "update"], options);
      await run("apt-get", installation, options);
    });
    step.done();
  } catch (error) {
    step.fail("failed");
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `packages missing on this host and not installable by apt: ${list}; install them by hand\n${reason}`,
    );
  }
}

async function missingPackages(packages: readonly string[]): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
  const query = ["-W", "-f", "${Package} ${db:Status-Status}\\n", ...packages];
  // dpkg-query fails when it knows one of them not at all, and still prints the others.
  const { stdout } = await run("sh", ["-c", 'dpkg-query "$@" 2>/dev/null || true', "dpkg-query", ...query]);
  return missingFrom(packages, stdout);
}

/** The packages that dpkg's list, lines `name status`, does not call installed. */
export function missingFrom(packages: readonly string[], listing: string): string[] {
  const installed = new Set(
    listing.split("\n").flatMap((line) => {
      const [name, status] = line.split(" ");
      return name && status === "installed" ? [name] : [];
    }),
  );
  return packages.filter((name) => !installed.has(name));
}
