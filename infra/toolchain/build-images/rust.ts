import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { programLayer, SKELETON } from "../../local/image/node-images";
import {
  type EncodedImage,
  encodeImage,
  imageIndex,
  type LayerEntry,
  readStoredImage,
  type StoredImage,
  writeStoredImage,
} from "../oci";
import { cargoInDebian, linkerVariable, rustRoot, TARGET_INSIDE } from "../sample/debian";
import { WASM_TARGET } from "../sample/module";
import { type Artifact, artifactKey, ensure, filesBelow, type ProduceContext } from "../store";
import { registryContents } from "./contents";
import { buildImagesRoot } from "./root";
import { rustLayer } from "./rust-layer";

/** Bumped when the way of making the image changes. */
const RECIPE = "1";

/** The repository of the image in a registry that was filled with it. */
export const RUST_REPOSITORY = "rust";

/** An image that fills a registry with Rust. */
export interface RustImage extends StoredImage {
  /** Tag of Rust's image in that registry, which tells its content. */
  rustTag: string;
}

const CARGO_HOME = "/usr/local/cargo";
const VENDOR = `${CARGO_HOME}/vendor`;

/** All crates are in the image, and nothing is asked for elsewhere. */
const CARGO_CONFIG = `[source.crates-io]
replace-with = "vendored"

[source.vendored]
directory = "${VENDOR}"

[net]
offline = true
`;

/** Code for Windows, which no build for WebAssembly reads, and import libraries for it: 100 MB. */
const WINDOWS = /^win(api|dows)/;

/**
 * Debian's Rust for WebAssembly as an image, with the crates that one `Cargo.lock` names: for builds in clusters that
 * reach neither docker.io nor crates.io. Packed into an image that `components/registry` fills a registry from.
 *
 * @param crate folder with `Cargo.toml` and `Cargo.lock`
 * @throws when one of the two is not there.
 */
export function rustImage(crate: string): Artifact {
  const root = rustRoot();
  const tools = buildImagesRoot();
  const manifests = ["Cargo.toml", "Cargo.lock"].map((file) => manifest(crate, file));
  return {
    name: "rust-image",
    title: "image of Rust for WebAssembly, with crates",
    inputs: [RECIPE, artifactKey(root), artifactKey(tools), CARGO_CONFIG, ...manifests],
    async produce(into, context) {
      const { path, source } = await ensure(root, context);
      const image = await encodeRust(join(path, "root"), await vendored(crate, join(into, "crates"), context), context);
      const toolsRoot = join((await ensure(tools, context)).path, "root");
      const rustTag = image.manifest.digest.replace("sha256:", "").slice(0, 12);
      const filled = await encodeImage({
        names: ["ofwasm.local/rust-contents:1"],
        layers: [
          [...(await programLayer(toolsRoot, ["/usr/bin/cp"], context.signal)), ...SKELETON],
          registryContents({ repository: RUST_REPOSITORY, tag: rustTag, image }),
        ],
        // What is large in it is compressed already.
        compression: "none",
      });
      writeStoredImage(into, imageIndex("ofwasm.local/rust-contents", [filled]));
      writeFileSync(join(into, TAG_FILE), rustTag);
      rmSync(join(into, "crates"), { recursive: true });
      return { source: `${source}, crates from crates.io` };
    },
  };
}

const TAG_FILE = "rust-tag";

/** What the folder of `rustImage` holds. */
export const readRustImage = (folder: string): RustImage => ({
  ...readStoredImage(folder),
  rustTag: readFileSync(join(folder, TAG_FILE), "utf8"),
});

function manifest(crate: string, file: string): string {
  const path = join(crate, file);
  if (!existsSync(path)) throw new Error(`${path} is not there; give the folder of a Rust crate with its lock file`);
  return readFileSync(path, "utf8");
}

/** Folder with the crates that the lock file names, each checked against it. */
async function vendored(crate: string, target: string, context: ProduceContext): Promise<string> {
  const command = ["vendor", "--locked", "--versioned-dirs", "--respect-source-config", `${TARGET_INSIDE}/vendor`];
  await cargoInDebian({ sources: crate, target, triple: WASM_TARGET, context }, command);
  const folder = join(target, "vendor");
  for (const name of readdirSync(folder).filter((name) => WINDOWS.test(name))) withoutCode(join(folder, name));
  return folder;
}

/** Leaves what cargo reads of a crate that it does not build: its manifest, and that there is a library. */
function withoutCode(crate: string): void {
  for (const file of filesBelow(crate, [])) {
    if (/^(src\/lib|build)\.rs$/.test(relative(crate, file))) writeFileSync(file, "");
    else if (!/^(Cargo\.toml|\.cargo-checksum\.json)$/.test(relative(crate, file))) rmSync(file);
  }
}

async function encodeRust(root: string, crates: string, { signal }: ProduceContext): Promise<EncodedImage> {
  return encodeImage({
    names: [`ofwasm.local/${RUST_REPOSITORY}:1`],
    layers: [await rustLayer(root, signal), cratesLayer(crates)],
    env: [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      `CARGO_HOME=${CARGO_HOME}`,
      `${linkerVariable(WASM_TARGET)}=wasm-ld`,
    ],
    cmd: ["/usr/bin/sh"],
  });
}

const cratesLayer = (crates: string): LayerEntry[] => [
  { path: `${CARGO_HOME}/config.toml`, data: CARGO_CONFIG },
  ...filesBelow(crates, []).map((file) => ({ path: `${VENDOR}${file.slice(crates.length)}`, file })),
];
