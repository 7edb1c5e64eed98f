import { closeSync, copyFileSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { versions } from "../../versions";
import { type Artifact, filesBelow } from "../store";
import type { BuildRequest } from "./cargo";
import { rustToolchains } from "./rust";
import { moduleFile, type SampleName, sampleSources } from "./samples";

/** Target of WebAssembly with WASI preview 1, which is what WasmEdge runs. */
export const WASM_TARGET = "wasm32-wasip1";

/** Bumped when the way of building changes. */
const RECIPE = "1";

/**
 * The module of a sample, built from its folder in `samples/`.
 *
 * By the installed Rust when it has the target, else by a Rust that rustup downloads and checks, else by
 * Debian's Rust in a root of its own. Nothing is installed on this host.
 *
 * @param sources folder of the crate. Default: the sample of this clone.
 */
export function sampleModule(name: SampleName, sources = sampleSources(name)): Artifact {
  const file = moduleFile(name);
  return {
    name: "sample-module",
    title: `sample function ${name} (WebAssembly)`,
    inputs: [RECIPE, versions.rust.toolchain, ...crateInputs(sources)],
    async produce(into, context) {
      const target = join(into, "target");
      const request: BuildRequest = { sources, target, triple: WASM_TARGET, context };
      const refusals: string[] = [];
      for (const toolchain of rustToolchains) {
        const outcome = await toolchain.build(request);
        if ("refused" in outcome) {
          refusals.push(`${toolchain.name}: ${outcome.refused}`);
          continue;
        }
        const module = join(into, file);
        copyFileSync(join(target, WASM_TARGET, "release", file), module);
        rmSync(target, { recursive: true });
        requireModule(module);
        return { source: `built by ${outcome.builtBy}` };
      }
      throw new Error(
        `no Rust >= ${versions.rust.minimum} with target ${WASM_TARGET} could be had:\n  ${refusals.join("\n  ")}\n` +
          `install one (rustup target add ${WASM_TARGET}) and run again`,
      );
    },
  };
}

/** What of the crate decides the module: paths and contents, but not the notes beside them. */
function crateInputs(sources: string): string[] {
  const inputs = filesBelow(sources).filter((file) => /(\.rs|Cargo\.(toml|lock))$/.test(file));
  if (inputs.length === 0) throw new Error(`${sources} holds no Rust crate; restore samples/ from the repository`);
  return inputs.map((file) => JSON.stringify([relative(sources, file), readFileSync(file, "utf8")]));
}

function requireModule(file: string): void {
  const magic = Buffer.alloc(4);
  const handle = openSync(file, "r");
  readSync(handle, magic, 0, 4, 0);
  closeSync(handle);
  if (magic.toString("latin1") !== "\0asm") throw new Error(`${file} is no WebAssembly module; see the build's log`);
}
