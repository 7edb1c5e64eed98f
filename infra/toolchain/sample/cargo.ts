import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { cacheRoot } from "../../paths";
import type { RunOptions } from "../../process";
import type { ProduceContext } from "../store";

/** One release build of a crate. */
export interface BuildRequest {
  /** The crate's folder; nothing is written there. */
  sources: string;
  /** Cargo's target folder; the result lies in `<target>/<triple>/release`. */
  target: string;
  triple: string;
  context: ProduceContext;
}

/** Built by what, in words for the user; or why this toolchain cannot be used here. */
export type BuildOutcome = { builtBy: string } | { refused: string };

/** Arguments of the one build that is done here. */
export function cargoArguments(triple: string): string[] {
  return ["build", "--release", "--locked", "--target", triple];
}

/** What a build must not take from where it runs: flags, and the folders that would end up in panic messages. */
export function buildEnv(sources: string, cargo: string, target: string): Record<string, string | undefined> {
  const remapped = { [cargo]: "/cargo", [sources]: "/src" };
  return {
    CARGO_TARGET_DIR: target,
    CARGO_ENCODED_RUSTFLAGS: Object.entries(remapped)
      .map(([from, to]) => `--remap-path-prefix=${from}=${to}`)
      .join("\x1f"),
    RUSTFLAGS: undefined,
    RUSTC_WRAPPER: "",
  };
}

/** The user's folder when there is one, for its registry mirror and its downloads; else one in our cache. */
export function cargoHome(): string {
  const users = process.env.CARGO_HOME || join(homedir(), ".cargo");
  if (existsSync(users)) return users;
  const own = join(cacheRoot(), "cargo");
  mkdirSync(own, { recursive: true });
  return own;
}

/** Shows what cargo compiles: `   Compiling hyper_wasi v0.15.2` -> `compiling hyper_wasi v0.15.2`. */
export function cargoProgress(step: ProduceContext["step"]): NonNullable<RunOptions["onLine"]> {
  return (line) => {
    const [, verb, what] = /^(Compiling|Downloaded) (.*)$/.exec(line) ?? [];
    if (verb) step.update(`${verb.toLowerCase()} ${what}`);
  };
}
