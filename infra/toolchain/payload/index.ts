import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runInRoot } from "../../local/image/confined";
import { recipeFile } from "../../local/image/files";
import { type Artifact, artifactKey, type ProduceContext } from "../store";
import { type RuntimePayloadInputs, writePayload } from "./archive";
import { builderRoot } from "./builder-root";
import { GENERATION_PLACEHOLDER, type PayloadFile, RUNTIME_FOLDER } from "./contents";
import { glibcVersions, runtimeLibraries } from "./libraries";
import { BUILD, prepareParts } from "./parts";
import { IMAGES, PROOF_LINE, proofImages } from "./proof-images";

export type { RuntimePayloadInputs } from "./archive";
export {
  MANIFEST_FILE,
  PAYLOAD_FILE,
  type PayloadManifest,
  type RuntimeBuild,
  type RuntimePayload,
  readPayload,
} from "./manifest";
export { mirroredPayload, payloadFiles } from "./mirrored-payload";
export { sourcePayload } from "./source-payload";

/** What the builder's root has after the compilation. */
const CRUN = `/${BUILD}/out/crun`;

/** Bumped when the way of making the payload changes. */
const RECIPE = "2";

/**
 * Everything that a machine needs to run WebAssembly in pods, as one archive for all Debian and Ubuntu versions:
 * crun with WasmEdge, the libraries of both (the C library and its loader too), crictl, and the images of the proof.
 *
 * Folder: `payload.tar.gz` and `manifest.json`; read it with `readPayload`. Made for this host's architecture.
 */
export function runtimePayload(inputs: RuntimePayloadInputs): Artifact {
  const recipe = (file: string): string => readFileSync(join(__dirname, file), "utf8");
  const builder = builderRoot();
  return {
    name: "node-runtime",
    title: `node runtime: crun ${inputs.versions.crun}, WasmEdge ${inputs.versions.wasmedge}`,
    inputs: [
      RECIPE,
      JSON.stringify([inputs.versions, inputs.crictl.version, IMAGES, PROOF_LINE]),
      artifactKey(builder),
      artifactKey(inputs.crictl.artifact),
      ...["build-crun.sh", "llvm-stub.ts"].map(recipe),
      readFileSync(recipeFile("pause.c"), "utf8"),
    ],
    produce: (into, context) => produce(into, inputs, builder, context),
  };
}

async function produce(into: string, inputs: RuntimePayloadInputs, builder: Artifact, context: ProduceContext) {
  const { step, signal, log } = context;
  const { root, sources, crictl } = await prepareParts(into, inputs, builder, context);
  step.update("compiling crun");
  cpSync(recipeFile("pause.c"), join(root, BUILD, "pause.c"));
  cpSync(join(__dirname, "build-crun.sh"), join(root, BUILD, "build-crun.sh"));
  const prefix = `${RUNTIME_FOLDER}/${GENERATION_PLACEHOLDER}`;
  const env = { SOURCE_DATE_EPOCH: "0" };
  await runInRoot(root, ["bash", `/${BUILD}/build-crun.sh`, prefix], { log, signal, env });
  step.update("packing");
  const program = (path: string, file: string): PayloadFile => ({ path, data: readFileSync(file), mode: 0o755 });
  const libraries = await runtimeLibraries(root, CRUN);
  const files = [
    program("bin/crun", join(root, CRUN)),
    program("bin/crictl", crictl),
    ...libraries,
    ...(await proofImages(join(root, BUILD, "out/pause"))),
  ];
  const glibc = await glibcVersions(root, libraries, CRUN);
  rmSync(root, { recursive: true, force: true });
  await writePayload(into, inputs, { files, folders: ["bin", "lib", "share"], facts: {}, sources, glibc });
  return { source: `crun: ${sources.crun}; WasmEdge: ${sources.wasmedge}` };
}
