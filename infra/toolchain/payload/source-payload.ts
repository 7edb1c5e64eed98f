import { cpSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { runInRoot } from "../../local/image/confined";
import { recipeFile } from "../../local/image/files";
import { pin } from "../../pins";
import { type Artifact, artifactKey, filesBelow, type ProduceContext } from "../store";
import { type RuntimePayloadInputs, writePayload } from "./archive";
import { builderRoot } from "./builder-root";
import type { PayloadFile } from "./contents";
import { glibcVersions, isCLibrary, runtimeLibraries } from "./libraries";
import { BUILD, prepareParts, SOURCE_ARCHIVE } from "./parts";
import { IMAGES, PROOF_LINE, proofImages } from "./proof-images";

/** Bumped when the way of making the payload changes. */
const RECIPE = "1";

/** What a machine runs to compile crun. */
const COMPILE = "compile-crun.sh";

/**
 * The payload for machines that compile crun themselves: crun's source archive as it was published and the recipe,
 * WasmEdge's library and headers, crictl, and the images of the proof.
 *
 * A machine's crun uses the machine's C library. `libc/` is for machines whose own is older than the one that the
 * WasmEdge library was made with: a newer C library runs what was compiled for an older one, never the other way.
 *
 * Folder and architecture: as those of `runtimePayload`.
 */
export function sourcePayload(inputs: RuntimePayloadInputs): Artifact {
  const builder = builderRoot();
  return {
    name: "node-runtime-source",
    title: `node runtime as source: crun ${inputs.versions.crun}, WasmEdge ${inputs.versions.wasmedge}`,
    inputs: [
      RECIPE,
      JSON.stringify([inputs.versions, inputs.crictl.version, IMAGES, PROOF_LINE]),
      artifactKey(builder),
      artifactKey(inputs.crictl.artifact),
      ...[COMPILE, "llvm-stub.ts"].map((file) => readFileSync(join(__dirname, file), "utf8")),
      readFileSync(recipeFile("pause.c"), "utf8"),
    ],
    produce: (into, context) => produce(into, inputs, builder, context),
  };
}

async function produce(into: string, inputs: RuntimePayloadInputs, builder: Artifact, context: ProduceContext) {
  const { root, sources, crictl } = await prepareParts(into, inputs, builder, context);
  cpSync(recipeFile("pause.c"), join(root, BUILD, "pause.c"));
  await runInRoot(root, ["gcc", ...PAUSE_FLAGS, "-o", `/${BUILD}/pause`, `/${BUILD}/pause.c`], { log: context.log });
  context.step.update("packing");
  const libraries = await runtimeLibraries(root);
  const glibc = await glibcVersions(root, libraries);
  const files = [
    { path: "bin/crictl", data: readFileSync(crictl), mode: 0o755 },
    ...libraries.map(placed),
    ...(await proofImages(join(root, BUILD, "pause"))),
    { path: "src/crun.tar.gz", data: readFileSync(join(root, SOURCE_ARCHIVE)), mode: 0o644 },
    { path: `src/${COMPILE}`, data: readFileSync(join(__dirname, COMPILE)), mode: 0o644 },
    ...headers(root),
  ];
  rmSync(root, { recursive: true, force: true });
  const crunSourceSha256 = pin("crun-source", inputs.versions.crun, "any").sha256;
  await writePayload(into, inputs, {
    build: "node",
    crunSourceSha256,
    files,
    folders: ["bin", "lib", "libc", "share", "src", "src/include", "src/include/wasmedge"],
    facts: { build: "node", glibc_needed: glibc.needed },
    sources,
    glibc,
  });
  return { source: `crun: ${sources.crun}; WasmEdge: ${sources.wasmedge}` };
}

const PAUSE_FLAGS = ["-Os", "-static", "-s", "-Wl,--build-id=none"];

/** The C library lies apart from what every machine uses. */
function placed(file: PayloadFile): PayloadFile {
  const name = basename(file.path);
  return isCLibrary(name) ? { ...file, path: `libc/${name}` } : file;
}

/** WasmEdge's headers, those of the library that is shipped. */
function headers(root: string): PayloadFile[] {
  return filesBelow(join(root, "usr/include/wasmedge")).map((file) => ({
    path: `src/include/wasmedge/${basename(file)}`,
    data: readFileSync(file),
    mode: 0o644,
  }));
}
