import { existsSync } from "node:fs";
import { join } from "node:path";
import { CommandError, run } from "../../process";
import { versions } from "../../versions";
import { compareVersions, findOnPath } from "../installed";
import { type Artifact, ensure } from "../store";
import { type BuildOutcome, type BuildRequest, buildEnv, cargoArguments, cargoHome, cargoProgress } from "./cargo";
import { buildInDebian } from "./debian";

export interface RustToolchain {
  name: string;
  /** @throws when the toolchain is there and the crate does not build. */
  build(request: BuildRequest): Promise<BuildOutcome>;
}

/** In the order in which they are tried: nearest first. */
export const rustToolchains: readonly RustToolchain[] = [
  { name: "installed Rust", build: buildInstalled },
  { name: "Rust by rustup", build: buildByRustup },
  { name: "Debian's Rust", build: buildInDebian },
];

/** rustup retries a dead network for long; a download that works takes seconds. */
const DOWNLOAD_DEADLINE_MS = 5 * 60_000;

async function buildInstalled(request: BuildRequest): Promise<BuildOutcome> {
  const [cargo, rustc] = await Promise.all([findOnPath("cargo"), findOnPath("rustc")]);
  if (!cargo || !rustc) return { refused: "cargo or rustc is not on PATH" };
  const version = await rustVersion(rustc);
  if (!version) return { refused: `${rustc} does not run` };
  if (compareVersions(version, versions.rust.minimum) < 0) return { refused: `${rustc} is ${version}` };
  const library = (await run(rustc, ["--print", "target-libdir", "--target", request.triple])).stdout.trim();
  if (!existsSync(library)) return { refused: `${rustc} ${version} lacks ${library}` };
  await cargoBuild(cargo, rustc, request);
  return { builtBy: `installed Rust ${version}` };
}

async function buildByRustup(request: BuildRequest): Promise<BuildOutcome> {
  const rustup = await findOnPath("rustup");
  if (!rustup) return { refused: "rustup is not on PATH" };
  let bin: string;
  try {
    bin = join((await ensure(rustupToolchain(rustup, request.triple), request.context)).path, BIN);
  } catch (error) {
    if (error instanceof CommandError) return { refused: error.message };
    throw error;
  }
  await cargoBuild(join(bin, "cargo"), join(bin, "rustc"), request);
  return { builtBy: `Rust ${versions.rust.toolchain} by rustup` };
}

/** Where the artifact keeps its commands; the name rustup gives the folder holds the host's triple. */
const BIN = "toolchain/bin";

/** A Rust of our own: neither the user's rustup settings nor their toolchains are touched. */
function rustupToolchain(rustup: string, triple: string): Artifact {
  const version = versions.rust.toolchain;
  return {
    name: "rust",
    title: `Rust ${version} for ${triple}`,
    inputs: [version, triple, process.arch],
    async produce(into, { log, step, signal }) {
      const home = join(into, "rustup");
      await run(
        rustup,
        ["toolchain", "install", version, "--profile", "minimal", "--target", triple, "--no-self-update"],
        {
          // A home of its own has default settings, which update rustup itself: hence the flag above and this CARGO_HOME.
          env: {
            RUSTUP_HOME: home,
            CARGO_HOME: join(into, "cargo"),
            RUSTUP_MAX_RETRIES: "1",
            RUSTUP_TOOLCHAIN: undefined,
          },
          log,
          signal,
          deadlineMs: DOWNLOAD_DEADLINE_MS,
          onLine: (line) => step.update(line.replace(/^info: /, "")),
        },
      );
      await run("sh", ["-c", 'mv "$1"/toolchains/* "$2" && rm -rf "$1"', "sh", home, join(into, "toolchain")]);
      return { source: "official download by rustup, which checks it" };
    },
  };
}

async function rustVersion(rustc: string): Promise<string | undefined> {
  try {
    return /^rustc (\d[\w.]*)/.exec((await run(rustc, ["--version"])).stdout)?.[1];
  } catch {
    return undefined;
  }
}

async function cargoBuild(cargo: string, rustc: string, { sources, target, triple, context }: BuildRequest) {
  const { log, step, signal } = context;
  await run(cargo, cargoArguments(triple), {
    cwd: sources,
    env: { ...buildEnv(sources, cargoHome(), target), CARGO_HOME: cargoHome(), RUSTC: rustc },
    log,
    signal,
    onLine: cargoProgress(step),
  });
}
