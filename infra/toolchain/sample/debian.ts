import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostCertificates } from "../../local/image/certificates";
import { runConfined } from "../../local/image/confined";
import { debootstrap } from "../../local/image/debootstrap";
import { versions } from "../../versions";
import { type Artifact, ensure } from "../store";
import { type BuildOutcome, type BuildRequest, buildEnv, cargoArguments, cargoHome, cargoProgress } from "./cargo";

/** `libc6-dev` by name: debootstrap cannot resolve the virtual package that rustc asks for. */
const PACKAGES = ["ca-certificates", "cargo", "libc6-dev", "libstd-rust-dev-wasm32", "lld"];

const TITLE = `Debian ${versions.rust.debianSuite}'s Rust`;

/** Bumped when the way of making the root changes. */
const RECIPE = "1";

/** Where the builder sees its folders; see `debian-build.sh`. */
const INSIDE = { sources: "/src", target: "/target", cargo: "/cargo", certificates: "/target/certificates.pem" };

/** Debian's Rust in a root of its own, entered with namespaces: for a host with package registries and no more. */
export async function buildInDebian(request: BuildRequest): Promise<BuildOutcome> {
  const refused = refusal();
  if (refused !== undefined) return { refused };
  await cargoInDebian(request, cargoArguments(request.triple));
  return { builtBy: TITLE };
}

/** Why this host cannot make and enter the root; nothing when it can. */
function refusal(): string | undefined {
  if (process.platform !== "linux") return `needs Linux; this is ${process.platform}`;
  if (process.getuid?.() !== 0) return "needs root, to enter a system of its own";
  if (!existsSync("/etc/debian_version")) return "needs debootstrap; this host is no Debian or Ubuntu";
  return undefined;
}

/** Debian's rustc comes without the linker that it would take by itself. */
export const linkerVariable = (triple: string): string =>
  `CARGO_TARGET_${triple.toUpperCase().replaceAll("-", "_")}_LINKER`;

/** Where a command of `cargoInDebian` sees the request's `target`. */
export const TARGET_INSIDE = INSIDE.target;

/**
 * Runs Debian's cargo on a crate.
 *
 * @throws where that cannot be done, with the reason, before anything is made
 */
export async function cargoInDebian(
  { sources, target, triple, context }: BuildRequest,
  command: string[],
): Promise<void> {
  const refused = refusal();
  if (refused !== undefined) throw new Error(`cargo ${command[0]} of ${sources} by ${TITLE} ${refused}`);
  const { log, step, signal } = context;
  const { path } = await ensure(rustRoot(), context);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, "certificates.pem"), hostCertificates());
  const script = join(__dirname, "debian-build.sh");
  await runConfined(["sh", script, join(path, "root"), sources, target, cargoHome(), ...command], {
    env: {
      ...buildEnv(INSIDE.sources, INSIDE.cargo, INSIDE.target),
      CARGO_HOME: INSIDE.cargo,
      CARGO_HTTP_CAINFO: INSIDE.certificates,
      [linkerVariable(triple)]: "wasm-ld",
      HOME: "/root",
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    },
    log,
    signal,
    onLine: cargoProgress(step),
  });
}

/** A Debian root in `root/` with cargo, rustc, their standard library for WebAssembly, and lld. */
export function rustRoot(): Artifact {
  const suite = versions.rust.debianSuite;
  return {
    name: "rust-root",
    title: `Debian ${suite} with Rust for WebAssembly`,
    inputs: [RECIPE, suite, PACKAGES.join(), process.arch],
    async produce(into, context) {
      const root = join(into, "root");
      await debootstrap({ suite, packages: PACKAGES }, root, context);
      for (const folder of ["usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists"])
        rmSync(join(root, folder), { recursive: true, force: true });
      for (const folder of ["src", "target", "cargo"]) mkdirSync(join(root, folder));
      return { source: "debootstrap" };
    },
  };
}
