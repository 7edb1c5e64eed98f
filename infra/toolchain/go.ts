import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { cacheRoot } from "../paths";
import { run } from "../process";
import { versions } from "../versions";
import type { Progress } from "./progress";

export interface Go {
  /** Absolute path of the `go` command. */
  go: string;
  /** Environment for every Go command of ours. */
  env: Record<string, string>;
  /** Where it came from, in words for the user. */
  source: string;
}

/** First executable file of that name on PATH. */
export async function findOnPath(name: string, path = process.env.PATH ?? ""): Promise<string | undefined> {
  for (const dir of path.split(delimiter).filter(Boolean)) {
    const file = join(dir, name);
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

/** Compares dotted versions: negative when `a` is older. A missing part counts as 0. */
export function compareVersions(a: string, b: string): number {
  const parts = (version: string): number[] => version.replace(/^v/, "").split(/[.-]/).map(Number);
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Environment for Go: our caches when the user moved ours, no cgo, no other toolchain behind our back. */
export function goEnv(): Record<string, string> {
  // -modcacherw: else the module cache cannot be removed by the one who owns it.
  const env = { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -modcacherw", GOWORK: "off", GOTOOLCHAIN: "local" };
  if (!process.env.OFWASM_CACHE) return env;
  return { ...env, GOMODCACHE: join(cacheRoot(), "go/mod"), GOCACHE: join(cacheRoot(), "go/build") };
}

export async function ensureGo(_progress: Progress, _signal?: AbortSignal): Promise<Go> {
  const go = await findOnPath("go");
  if (!go) throw new Error("go is not installed");
  const { stdout } = await run(go, ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" } });
  const version = stdout.trim().replace(/^go/, "");
  if (compareVersions(version, versions.go.minimum) < 0) throw new Error(`${go} is ${version}`);
  return { go, env: goEnv(), source: `installed: ${go} ${version}` };
}
