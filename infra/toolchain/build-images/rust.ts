import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
import { linkerVariable, rustRoot } from "../sample/debian";
import { WASM_TARGET } from "../sample/module";
import { type Artifact, artifactKey, ensure, filesBelow, type ProduceContext } from "../store";
import { registryContents } from "./contents";
import { crateManifests, vendored } from "./crates";
import { buildImagesRoot } from "./root";
import { rustLayer } from "./rust-layer";

/** Bumped when the way of making the image changes. */
const RECIPE = "2";

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

/**
 * Debian's Rust for WebAssembly as an image, with the crates that one `Cargo.lock` names: for builds in clusters that
 * reach neither docker.io nor crates.io. Packed into an image that `components/registry` fills a registry from.
 *
 * @param crate folder with `Cargo.toml` and `Cargo.lock`
 * @throws when one of the two is not there, or names a crate that is not from crates.io
 */
export function rustImage(crate: string): Artifact {
  const root = rustRoot();
  const tools = buildImagesRoot();
  const manifests = crateManifests(crate);
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
