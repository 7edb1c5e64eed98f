import { existsSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../atomic";
import type { Pin } from "../pins";
import { download } from "../toolchain/download";
import { CHARTS, DOWNLOADS, fromMirror, isUrl, PAYLOADS, placeInMirror } from "../toolchain/mirror";
import type { Artifact, Making } from "../toolchain/store";
import { type BundleFile, removeLeftovers, type Synced, syncFile } from "./bundle-file";
import type { ImageCopy } from "./contents";
import { syncImages } from "./images";
import { inParallel } from "./in-parallel";
import { syncPayload } from "./payload";

/** Checksums of the bundle, as `sha256sum --check` reads them: for people who carry it. */
const CHECKSUMS = "SHA256SUMS";

/** Downloads at a time: more would only share the same line. */
const PARALLEL = 4;

/** What a bundle shall have. */
export interface BundleContents {
  /** Charts and downloads. */
  published: readonly Pin[];
  /** The runtime of machines. Default: none. */
  payload?: Artifact;
  /** Default: none. */
  images?: readonly ImageCopy[];
}

export interface SyncedBundle {
  /** What became of each file: published ones in their order, those of the payload, the manifests of images. */
  files: Synced[];
  /** What the setting `payloadDigest` names the payload by; absent without one. */
  payloadDigest?: string;
}

/**
 * Makes the folder hold all this, each file checked against its sum, as the setting `mirror` reads it.
 *
 * What cannot be had is told with all the rest. Payloads of earlier runs stay: another stack may name them.
 *
 * @param making with another mirror, which is then asked instead of the published addresses; the bundle itself is not
 * @throws when the folder cannot be made
 */
export async function syncMirror(folder: string, contents: BundleContents, making: Making): Promise<SyncedBundle> {
  makeFolder(folder);
  for (const part of [CHARTS, DOWNLOADS, PAYLOADS]) removeLeftovers(join(folder, part));
  const mirror = making.mirror !== undefined && isSame(making.mirror, folder) ? undefined : making.mirror;
  const published = await syncPublished(folder, contents.published, { ...making, mirror });
  // What it is made of is in the bundle by now.
  const payload =
    contents.payload && (await syncPayload(folder, contents.payload, { ...making, mirror: making.mirror ?? folder }));
  const wanted = contents.images?.filter(({ uncopied }) => uncopied === undefined);
  const images = wanted && (await syncImages(folder, wanted, { ...making, mirror }));
  const files = [...published, ...(payload?.files ?? []), ...(images ?? [])];
  writeChecksums(folder, files);
  return { files, payloadDigest: payload?.digest };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new Error(`${path} cannot be made: ${(error as Error).message}; name a folder that can be written to`);
  }
}

const syncPublished = (folder: string, pins: readonly Pin[], making: Making): Promise<Synced[]> =>
  inParallel(pins, PARALLEL, (pin) => syncFile(publishedFile(pin, making), folder, making.progress));

const publishedFile = (published: Pin, { mirror, signal }: Making): BundleFile => ({
  file: placeInMirror(published),
  sha256: published.sha256,
  from: mirror ?? new URL(published.url).host,
  hint: `it is published as ${published.url}`,
  write: (temporary, step) =>
    mirror === undefined
      ? download(published, temporary, { step, signal })
      : fromMirror(published, mirror, temporary, { step, signal }),
});

/** Lines of files that this run did not see to stay: it may have been about one part only. */
function writeChecksums(folder: string, files: readonly Synced[]): void {
  const file = join(folder, CHECKSUMS);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const all = files.flatMap(({ file, sha256, outcome, parts = [] }) =>
    outcome === "missing" ? [] : [{ file, sha256 }, ...parts],
  );
  const seen = new Set([...files, ...all].map(({ file }) => file));
  const others = before.split("\n").filter((line) => {
    const name = /^[0-9a-f]{64} {2}(.+)$/.exec(line)?.[1];
    return name !== undefined && !seen.has(name) && existsSync(join(folder, name));
  });
  const own = all.map(({ file, sha256 }) => `${sha256}  ${file}`);
  const text = [...others, ...own]
    .sort(byName)
    .map((line) => `${line}\n`)
    .join("");
  if (text !== before) writeAtomically(file, text, 0o644);
}

const byName = (one: string, other: string): number => (one.slice(66) < other.slice(66) ? -1 : 1);

const isSame = (mirror: string, folder: string): boolean =>
  !isUrl(mirror) && existsSync(mirror) && realpathSync(mirror) === realpathSync(folder);
