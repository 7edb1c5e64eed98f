import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInRoot } from "../../local/image/confined";
import { findPin, type Pin, pin } from "../../pins";
import { run } from "../../process";
import { type Architecture, hostArchitecture } from "../architecture";
import { fetchPublished } from "../mirror";
import { firstSource, Unavailable } from "../sources";
import { type Artifact, ensure, type ProduceContext } from "../store";
import type { RuntimePayloadInputs } from "./archive";
import { sha256 } from "./contents";
import { STUB_FUNCTIONS, STUB_PRELUDE, stubAssembly, stubVersions, wantedFromLlvm } from "./llvm-stub";

/** Folder of the builder's root in which everything happens. */
export const BUILD = "build";

/** crun's source archive in the builder's root, as crun published it. */
export const SOURCE_ARCHIVE = `${BUILD}/crun-archive/crun.tar.gz`;

/** What both kinds of payload begin with. */
export interface PreparedParts {
  /** A root of this payload's own, with compilers; the payload's maker removes it. */
  root: string;
  /** File of crictl. */
  crictl: string;
  /** Where each part came from, for people. */
  sources: Record<"crun" | "wasmedge" | "libraries" | "crictl", string>;
}

/** Copies the builder's root and puts crun's sources and the WasmEdge library into the copy. */
export async function prepareParts(
  into: string,
  { versions, crictl: crictlSource }: RuntimePayloadInputs,
  builder: Artifact,
  context: ProduceContext,
): Promise<PreparedParts> {
  const { step, signal, log } = context;
  const base = await ensure(builder, context);
  const crictl = await ensure(crictlSource.artifact, context);
  const root = join(into, ".builder");
  step.update("preparing the builder");
  await run("cp", ["-a", "--reflink=auto", join(base.path, "root"), root], { log, signal });
  mkdirSync(join(root, BUILD));
  const sources = {
    crun: await crunSources(root, versions.crun, context),
    wasmedge: await wasmedgeLibrary(root, versions.wasmedge, hostArchitecture(), context),
    libraries: "Debian packages",
    crictl: crictl.source,
  };
  return { root, crictl: join(crictl.path, "bin/crictl"), sources };
}

/**
 * Puts crun's release sources into `<root>/build/crun`, checked against the published checksum.
 *
 * @returns where they came from
 */
async function crunSources(root: string, version: string, context: ProduceContext): Promise<string> {
  const published = pin("crun-source", version, "any");
  const archives = join(root, BUILD, "crun-archive");
  mkdirSync(archives, { recursive: true });
  const file = join(archives, "crun.tar.gz");
  const source = await firstSource(
    [
      { name: "official source", fill: (into, making) => fetchPublished(published, join(into, "crun.tar.gz"), making) },
      {
        name: "Debian's copy of the official source",
        fill: (into) => fromDebian(root, into, version, published, context),
      },
    ],
    archives,
    context,
  );
  const crun = join(root, BUILD, "crun");
  mkdirSync(crun);
  await run("tar", ["-xzf", file, "-C", crun, "--strip-components=1"], { log: context.log });
  return source;
}

async function fromDebian(
  root: string,
  into: string,
  version: string,
  published: Pin,
  context: ProduceContext,
): Promise<undefined> {
  const here = into.slice(root.length);
  // The Debian half of a source package may be gone while the upstream half is there: the exit code says nothing.
  await runInRoot(root, ["sh", "-c", `cd '${here}' && apt-get -q source --download-only crun || true`], context);
  const name = readdirSync(into).find((entry) => entry === `crun_${version}.orig.tar.gz`);
  if (!name) throw new Unavailable(`Debian does not serve crun_${version}.orig.tar.gz`);
  const found = sha256(readFileSync(join(into, name)));
  if (found !== published.sha256)
    throw new Error(`Debian's ${name} is not what crun published: SHA-256 ${found}, expected ${published.sha256}`);
  renameSync(join(into, name), join(into, "crun.tar.gz"));
}

/**
 * Sees to it that the root has WasmEdge's headers and that `/build/wasmedge/libwasmedge.so.0` is the library to ship.
 *
 * @returns where it came from
 */
async function wasmedgeLibrary(
  root: string,
  version: string,
  architecture: Architecture,
  context: ProduceContext,
): Promise<string> {
  const folder = join(root, BUILD, "wasmedge");
  mkdirSync(folder, { recursive: true });
  return firstSource(
    [
      { name: "official binary", fill: (into) => officialWasmedge(root, into, version, architecture, context) },
      { name: "Debian's package", fill: (into) => debianWasmedge(root, into, version, context) },
    ],
    folder,
    context,
  );
}

async function officialWasmedge(
  root: string,
  into: string,
  version: string,
  architecture: Architecture,
  context: ProduceContext,
): Promise<string | undefined> {
  const published = findPin("wasmedge-manylinux2014", version, architecture);
  if (!published) throw new Unavailable(`no published checksum of WasmEdge ${version} for ${architecture}`);
  const archive = join(into, "wasmedge.tar.gz");
  const place = await fetchPublished(published, archive, context);
  const unpacked = join(into, "unpacked");
  mkdirSync(unpacked);
  await run("tar", ["-xzf", archive, "-C", unpacked, "--strip-components=1"], context);
  const library = ["lib64", "lib"].map((name) => join(unpacked, name, "libwasmedge.so.0")).find(existsSync);
  if (!library) throw new Error(`${published.url} has no lib64/libwasmedge.so.0; its layout is not that of 0.14`);
  cpSync(library, join(into, "libwasmedge.so.0"), { dereference: true });
  const headers = join(root, "usr/include/wasmedge");
  rmSync(headers, { recursive: true });
  cpSync(join(unpacked, "include/wasmedge"), headers, { recursive: true });
  return place;
}

async function debianWasmedge(
  root: string,
  into: string,
  version: string,
  context: ProduceContext,
): Promise<undefined> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholder
  const { stdout } = await runInRoot(root, ["dpkg-query", "-W", "-f", "${Version}", "libwasmedge0"]);
  if (!stdout.startsWith(`${version}+`) && !stdout.startsWith(`${version}-`))
    throw new Unavailable(`Debian has WasmEdge ${stdout}, not ${version}`);
  const listing = await runInRoot(root, ["dpkg-query", "-L", "libwasmedge0"]);
  const library = /^\S+\/libwasmedge\.so\.0$/m.exec(listing.stdout)?.[0];
  if (!library) throw new Error(`Debian's libwasmedge0 ${stdout} has no libwasmedge.so.0`);
  cpSync(join(root, library), join(into, "libwasmedge.so.0"), { dereference: true });
  await llvmStandIn(root, into, context);
}

/** Replaces LLVM, in the same folder as the library, when the library wants it. */
async function llvmStandIn(root: string, into: string, { log }: ProduceContext): Promise<void> {
  const inside = into.slice(root.length);
  const dynamic = await runInRoot(root, ["readelf", "--dynamic", "--wide", `${inside}/libwasmedge.so.0`]);
  const name = /\(NEEDED\).*\[(libLLVM[^\]]*)\]/.exec(dynamic.stdout)?.[1];
  if (!name) return;
  const table = await runInRoot(root, ["readelf", "--dyn-syms", "--wide", `${inside}/libwasmedge.so.0`]);
  const symbols = wantedFromLlvm(table.stdout);
  const [version] = new Set(symbols.map((symbol) => symbol.version));
  writeFileSync(join(into, "stub.S"), STUB_PRELUDE + stubAssembly(symbols));
  writeFileSync(join(into, "stub.c"), STUB_FUNCTIONS);
  writeFileSync(join(into, "stub.map"), stubVersions(version ?? "LLVM"));
  const at = (file: string): string => `${inside}/${file}`;
  const linker = [
    "-shared",
    "-s",
    `-Wl,-soname,${name}`,
    `-Wl,--version-script,${at("stub.map")}`,
    "-Wl,--build-id=none",
  ];
  await runInRoot(root, ["gcc", "-Os", "-fPIC", ...linker, "-o", at(name), at("stub.S"), at("stub.c")], { log });
}
