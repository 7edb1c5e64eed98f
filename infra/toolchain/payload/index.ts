import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import { runInRoot } from "../../local/image/confined";
import { recipeFile } from "../../local/image/files";
import { run } from "../../process";
import { type Architecture, hostArchitecture } from "../architecture";
import { encodeImage, type ImageSpec, ociArchive } from "../oci";
import { tar } from "../oci/tar";
import { type Artifact, artifactKey, ensure, type ProduceContext } from "../store";
import { builderRoot } from "./builder-root";
import {
  checksums,
  GENERATION_PLACEHOLDER,
  type Generation,
  glibcNeeded,
  librariesOf,
  nameGeneration,
  type PayloadFile,
  RUNTIME_FOLDER,
  sha256,
} from "./contents";
import { MANIFEST_FILE, PAYLOAD_FILE, type PayloadManifest } from "./manifest";
import { BUILD, crunSources, wasmedgeLibrary } from "./parts";
import { lineModule } from "./wasm-module";

export { MANIFEST_FILE, PAYLOAD_FILE, type PayloadManifest, type RuntimePayload, readPayload } from "./manifest";

const gzip = promisify(gzipCallback);

/** Bumped when the way of making the payload changes. */
const RECIPE = "2";

const IMAGES = { proof: "ofwasm.invalid/proof:1", pause: "ofwasm.invalid/pause:1" };

/** What the proof container prints; a machine that shows it has run WebAssembly. */
const PROOF_LINE = "this line was written by a WebAssembly module";

export interface RuntimePayloadInputs {
  versions: { crun: string; wasmedge: string };
  /** `bin/crictl`, with which a machine proves what it can do. */
  crictl: { version: string; artifact: Artifact };
}

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
  const { step, progress, signal, log } = context;
  const architecture = hostArchitecture();
  const base = await ensure(builder, progress, signal);
  const crictl = await ensure(inputs.crictl.artifact, progress, signal);
  const root = join(into, ".builder");
  step.update("preparing the builder");
  await run("cp", ["-a", "--reflink=auto", join(base.path, "root"), root], { log, signal });
  mkdirSync(join(root, BUILD));
  const sources = {
    crun: await crunSources(root, inputs.versions.crun, context),
    wasmedge: await wasmedgeLibrary(root, inputs.versions.wasmedge, architecture, context),
    libraries: "Debian packages",
    crictl: crictl.source,
  };
  step.update("compiling crun");
  cpSync(recipeFile("pause.c"), join(root, BUILD, "pause.c"));
  cpSync(join(__dirname, "build-crun.sh"), join(root, BUILD, "build-crun.sh"));
  const prefix = `${RUNTIME_FOLDER}/${GENERATION_PLACEHOLDER}`;
  const env = { SOURCE_DATE_EPOCH: "0" };
  await runInRoot(root, ["bash", `/${BUILD}/build-crun.sh`, prefix], { log, signal, env });
  step.update("packing");
  const program = (path: string, file: string): PayloadFile => ({ path, data: readFileSync(file), mode: 0o755 });
  const libraries = await runtimeLibraries(root);
  const files = [
    program("bin/crun", join(root, BUILD, "out/crun")),
    program("bin/crictl", join(crictl.path, "bin/crictl")),
    ...libraries,
    ...(await proofImages(join(root, BUILD, "out/pause"))),
  ];
  const glibc = await glibcVersions(root, libraries);
  rmSync(root, { recursive: true, force: true });
  const generation = nameGeneration(files);
  const archive = await gzip(generationTar(generation, inputs, architecture), { level: 6 });
  writeFileSync(join(into, PAYLOAD_FILE), archive);
  const manifest: PayloadManifest = {
    generation: generation.id,
    architecture,
    versions: { ...inputs.versions, crictl: inputs.crictl.version },
    sources,
    glibc,
    soname: "libwasmedge.so.0",
    images: IMAGES,
    proofLine: PROOF_LINE,
    sha256: sha256(archive),
    size: archive.length,
    unpackedSize: generation.files.reduce((sum, { data }) => sum + data.length, 0),
    files: Object.fromEntries(generation.files.map(({ path, data }) => [path, sha256(data)])),
  };
  writeFileSync(join(into, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  return { source: `crun: ${sources.crun}; WasmEdge: ${sources.wasmedge}` };
}

/** Libraries of crun and WasmEdge with all that they load, as one folder: the machine's own are never mixed in. */
async function runtimeLibraries(root: string): Promise<PayloadFile[]> {
  const own = `/${BUILD}/wasmedge`;
  // The builder's own loader stands in for the one of the generation, which is not there yet.
  const env = { LD_LIBRARY_PATH: own };
  const script = `cp /${BUILD}/out/crun /${BUILD}/crun.plain; patchelf --set-interpreter "$(patchelf --print-interpreter /usr/bin/env)" \
    --remove-rpath /${BUILD}/crun.plain; ldd /${BUILD}/crun.plain ${own}/libwasmedge.so.0`;
  const { stdout } = await runInRoot(root, ["sh", "-c", script], { env });
  const found = librariesOf(stdout);
  found.set("libwasmedge.so.0", `${own}/libwasmedge.so.0`);
  return [...found].map(([name, path]) => ({
    path: `lib/${name}`,
    data: readFileSync(join(root, path)),
    mode: name.startsWith("ld-linux") ? 0o755 : 0o644,
  }));
}

async function glibcVersions(root: string, libraries: readonly PayloadFile[]): Promise<PayloadManifest["glibc"]> {
  const folder = join(root, BUILD, "measured");
  mkdirSync(folder);
  for (const { path, data } of libraries)
    if (!/^(ld-|libc\.|libm\.)/.test(basename(path))) writeFileSync(join(folder, basename(path)), data);
  const script = `objdump -T /${BUILD}/out/crun /${BUILD}/measured/*; ldd --version`;
  const { stdout } = await runInRoot(root, ["sh", "-c", script]);
  const bundled = /^ldd .* (\d+\.\d+)$/m.exec(stdout)?.[1] ?? "unknown";
  return { bundled, needed: glibcNeeded(stdout) };
}

/** The image of the proof, and one for pods' namespaces where a machine does not have its own yet. */
async function proofImages(pause: string): Promise<PayloadFile[]> {
  const image = async (path: string, spec: ImageSpec): Promise<PayloadFile> => {
    // Makes it another image than a machine's own, which removing this one must never take along.
    const labels = { "dev.ofwasm.purpose": "proof" };
    return { path, data: ociArchive([await encodeImage({ ...spec, labels })]), mode: 0o644 };
  };
  return [
    await image("share/proof.tar", {
      names: [IMAGES.proof],
      layers: [[{ path: "/proof.wasm", data: lineModule(PROOF_LINE), mode: 0o755 }]],
      entrypoint: ["/proof.wasm"],
    }),
    await image("share/pause.tar", {
      names: [IMAGES.pause],
      layers: [[{ path: "/pause", file: pause, mode: 0o755 }]],
      entrypoint: ["/pause"],
    }),
  ];
}

/** The archive that a machine unpacks: the files, their checksums, and what the script must know of them. */
function generationTar(generation: Generation, inputs: RuntimePayloadInputs, architecture: Architecture): Buffer {
  const facts = {
    generation: generation.id,
    architecture,
    crun: inputs.versions.crun,
    wasmedge: inputs.versions.wasmedge,
    crictl: inputs.crictl.version,
    proof_image: IMAGES.proof,
    pause_image: IMAGES.pause,
    proof_line: PROOF_LINE,
  };
  const lines = Object.entries(facts).map(([key, value]) => `${key}=${value}\n`);
  const text = (path: string, content: string) => ({
    kind: "file" as const,
    path,
    mode: 0o644,
    data: Buffer.from(content),
  });
  return tar([
    ...["bin", "lib", "share"].map((path) => ({ kind: "directory" as const, path, mode: 0o755 })),
    ...generation.files.map((file) => ({ kind: "file" as const, ...file })),
    text("facts", lines.join("")),
    text("SHA256SUMS", checksums(generation.files)),
  ]);
}
