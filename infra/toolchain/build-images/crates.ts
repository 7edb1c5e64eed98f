import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { cargoInDebian, TARGET_INSIDE } from "../sample/debian";
import { WASM_TARGET } from "../sample/module";
import { filesBelow, type ProduceContext } from "../store";

/** What decides the crates that a build takes. */
const MANIFESTS = ["Cargo.toml", "Cargo.lock"];

/** How lock files name crates.io, by whatever protocol and mirror it was asked. */
const CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index";

/** Code for Windows, which no build for WebAssembly reads, and import libraries for it: 100 MB. */
const WINDOWS = /^win(api|dows)/;

/** Why the crates of that folder cannot be brought along, a line each; none when they can. */
export function crateProblems(crate: string): string[] {
  const paths = MANIFESTS.map((file) => join(crate, file));
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0) return missing.map((path) => `${path} is not there`);
  return foreignCrates(readFileSync(paths[1]!, "utf8")).map(
    (foreign) => `${foreign}: only crates of crates.io can be brought along`,
  );
}

/** The crates of a lock file that come from elsewhere, from a git repository or another registry: `name version from source`. */
export function foreignCrates(lock: string): string[] {
  return lock
    .split("[[package]]")
    .slice(1)
    .flatMap((text) => {
      const field = (name: string): string | undefined => new RegExp(`^${name} = "(.*)"`, "m").exec(text)?.[1];
      const source = field("source");
      // Without a source it is in the folder itself.
      return source === undefined || source === CRATES_IO
        ? []
        : [`${field("name")} ${field("version")} from ${source}`];
    });
}

/**
 * The texts that decide the crates.
 *
 * @throws for a folder whose crates cannot be brought along, with every reason
 */
export function crateManifests(crate: string): string[] {
  const problems = crateProblems(crate);
  if (problems.length > 0)
    throw new Error(
      `${problems.join("\n")}\ngive the folder of a Rust crate with its lock file, of crates.io's crates`,
    );
  return MANIFESTS.map((file) => readFileSync(join(crate, file), "utf8"));
}

/** Folder with the crates that the lock file names, each checked against it. */
export async function vendored(crate: string, target: string, context: ProduceContext): Promise<string> {
  const command = ["vendor", "--locked", "--versioned-dirs", "--respect-source-config", `${TARGET_INSIDE}/vendor`];
  await cargoInDebian({ sources: crate, target, triple: WASM_TARGET, context }, command);
  const folder = join(target, "vendor");
  for (const name of readdirSync(folder).filter((name) => WINDOWS.test(name))) withoutCode(join(folder, name));
  return folder;
}

/** Leaves what cargo reads of a crate that has nothing for this target: its manifest, and that there is a library. */
export function withoutCode(crate: string): void {
  for (const file of filesBelow(crate, [])) {
    const name = relative(crate, file);
    if (Object.hasOwn(EMPTY, name)) writeFileSync(file, EMPTY[name]!);
    else if (name === CHECKSUMS) writeFileSync(file, withoutFiles(readFileSync(file, "utf8")));
    else if (name !== "Cargo.toml") rmSync(file);
  }
}

/** Of a library, and of a build script, the least that compiles. */
const EMPTY: Readonly<Record<string, string>> = { "src/lib.rs": "", "build.rs": "fn main() {}\n" };

const CHECKSUMS = ".cargo-checksum.json";

/** Cargo compares the package's own hash with the lock file, and the files of what it builds with theirs. */
const withoutFiles = (checksums: string): string => JSON.stringify({ ...JSON.parse(checksums), files: {} });
