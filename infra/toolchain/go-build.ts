import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../process";
import { type Architecture, hostArchitecture } from "./architecture";
import { ensureGo } from "./go";
import { firstSource, type Source } from "./sources";
import type { Artifact, ProduceContext } from "./store";
import { ensureSystemPackages } from "./system-packages";

export interface GoBuild {
  /** Folder under `modules/` with go.mod and go.sum: they pin every dependency by version and hash. */
  module: string;
  /** Binary name -> import path of its main package. `.` is the module folder's own main. */
  binaries: Readonly<Record<string, string>>;
  /** Go variables set at link time, such as a version. */
  variables?: Readonly<Record<string, string>>;
  /** Default: this host's. */
  architecture?: Architecture;
  /** Has parts in C: compiled with this host's gcc and linked statically. Only for this host's architecture. */
  cgo?: boolean;
}

/** Bumped when the way of building changes, so that old binaries are made again. */
const RECIPE = "1";

const moduleDir = (build: GoBuild): string => join(__dirname, "modules", build.module);

/** What decides the content of a build: the locked modules, own sources, variables, target. */
export function goBuildInputs(build: GoBuild): string[] {
  const dir = moduleDir(build);
  const hash = createHash("sha256");
  for (const name of readdirSync(dir).sort())
    hash
      .update(name)
      .update("\0")
      .update(readFileSync(join(dir, name)));
  return [
    RECIPE,
    hash.digest("hex"),
    JSON.stringify(build.binaries),
    JSON.stringify(build.variables ?? {}),
    build.architecture ?? hostArchitecture(),
    ...(build.cgo ? ["cgo"] : []),
  ];
}

/** Flags for the linker: no symbol table, no debug data, the variables. */
export function linkerFlags(variables: Readonly<Record<string, string>> = {}, cgo = false): string {
  return [
    ...["-s", "-w", ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)],
    ...(cgo ? ["-linkmode external", "-extldflags -static"] : []),
  ].join(" ");
}

/** What a build with parts in C needs of this host. */
const C_PACKAGES = ["gcc", "libc6-dev"];

/** Go's own resolver and user database: those of the C library do not work in a static program. */
const CGO_TAGS = ["-tags", "netgo,osusergo"];

/**
 * Builds the binaries into `into/bin`.
 *
 * Dependencies come through the Go module proxy that the user has set; their content is checked against the
 * hashes in go.sum, and nothing is resolved anew (`-mod=readonly`).
 */
export async function goBuild(build: GoBuild, into: string, context: ProduceContext): Promise<void> {
  await prepareC(build, context);
  const go = await ensureGo(context);
  // Go writes beside go.mod at times; a clone is not ours to write to.
  const work = join(into, ".work");
  cpSync(moduleDir(build), work, { recursive: true });
  mkdirSync(join(into, "bin"), { recursive: true });
  const options = {
    endsWithUs: true,
    cwd: work,
    env: {
      ...go.env,
      GOOS: "linux",
      GOARCH: build.architecture ?? hostArchitecture(),
      ...(build.cgo ? { CGO_ENABLED: "1" } : {}),
    },
    log: context.log,
    signal: context.signal,
  };
  const packages = Object.values(build.binaries);
  const total = await countPackages(go.go, packages, options, context);
  let compiled = 0;
  for (const [name, main] of Object.entries(build.binaries)) {
    const flags = ["-trimpath", ...(build.cgo ? CGO_TAGS : []), "-ldflags", linkerFlags(build.variables, build.cgo)];
    await run(go.go, ["build", "-v", ...flags, "-o", join(into, "bin", name), main], {
      ...options,
      onLine: (line) => {
        if (isPackage(line)) compiled++;
        context.step.update(`${name}: compiled ${compiled} of at most ${total} packages`);
      },
    });
  }
  rmSync(work, { recursive: true, force: true });
}

async function prepareC({ module, cgo, architecture }: GoBuild, { progress }: ProduceContext): Promise<void> {
  if (!cgo) return;
  const host = hostArchitecture();
  if (architecture !== undefined && architecture !== host)
    throw new Error(
      `${module} for ${architecture}: has parts in C, so it is built on a host of that architecture only; this is ${host}`,
    );
  await ensureSystemPackages(C_PACKAGES, progress);
}

/** Lists the packages to compile, which also downloads their modules. */
async function countPackages(
  go: string,
  packages: readonly string[],
  options: Parameters<typeof run>[2],
  { step }: ProduceContext,
): Promise<number> {
  let downloaded = 0;
  step.update("reading modules");
  const { stdout } = await run(go, ["list", "-deps", "-f", "{{.ImportPath}}", ...packages], {
    ...options,
    log: undefined,
    onLine: (line) => {
      if (line.startsWith("go: downloading ")) step.update(`downloaded ${++downloaded} modules`);
    },
  });
  return stdout.trimEnd().split("\n").length;
}

/** `go build -v` names each package it compiles on a line of its own. */
const isPackage = (line: string): boolean => !line.includes(" ") && !line.startsWith("#");

/**
 * An artifact with programs in `bin/`: from the sources given, in order, else built from Go modules.
 *
 * @param sources tried before the build; default: none
 */
export function goArtifact(name: string, title: string, build: GoBuild, ...sources: Source[]): Artifact {
  return {
    name,
    title,
    inputs: goBuildInputs(build),
    async produce(into, context) {
      return { source: await firstSource([...sources, goModules(build)], into, context) };
    },
  };
}

/** The builds, one after the other, as the source of last resort. */
export function goModules(...builds: readonly GoBuild[]): Source {
  return {
    name: "built from the Go module proxy",
    async fill(into, context) {
      for (const build of builds) await goBuild(build, into, context);
    },
  };
}
