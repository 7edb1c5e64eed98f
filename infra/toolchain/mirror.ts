import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Pin } from "../pins";
import { type DownloadOptions, download, refuseForeign } from "./download";
import { sha256 } from "./payload/contents";
import { Unavailable } from "./sources";

/** The clone: what a relative folder in the settings is relative to, whatever folder the program runs in. */
const CLONE = resolve(__dirname, "..", "..");

/** Folders of a mirror. */
export const CHARTS = "charts";
export const DOWNLOADS = "downloads";
export const PAYLOADS = "payloads";
export const IMAGES = "images";

export const isUrl = (place: string): boolean => /^https?:/.test(place);

/** Where a folder of the settings is. */
export const inClone = (folder: string): string => resolve(CLONE, folder);

/** Where the mirror of the settings is. */
export const mirrorPlace = (mirror: string): string => (isUrl(mirror) ? mirror : inClone(mirror));

/**
 * Where a mirror has a published file, below itself: a chart as `charts/<file>`, any other by its address without the
 * scheme, `downloads/<host>/<path>`, as `wget --force-directories` lays files out.
 */
export function placeInMirror({ name, url }: Pick<Pin, "name" | "url">): string {
  const { host, pathname } = new URL(url);
  return name.startsWith("chart-") ? `${CHARTS}/${basename(pathname)}` : `${DOWNLOADS}/${host}${pathname}`;
}

/** The same place as an address, where the mirror has one. */
export const mirrorUrl = (mirror: string, published: Pick<Pin, "name" | "url">): string =>
  addressIn(mirror, placeInMirror(published));

/**
 * Writes a published file to `file`, from the mirror where that has it, else from its address, once every byte is
 * checked.
 *
 * @param options with a mirror as `mirrorPlace` gives it; default: only the published address is asked
 * @returns `mirror`, or nothing when it is from where it was published
 * @throws Unavailable when neither has it, with both reasons
 * @throws Error when the bytes are not the published ones: nothing else is tried
 */
export async function fetchPublished(
  published: Pin,
  file: string,
  { mirror, ...options }: DownloadOptions & { mirror?: string } = {},
): Promise<"mirror" | undefined> {
  if (mirror === undefined) {
    await download(published, file, options);
    return undefined;
  }
  const missing = await unavailable(() => fromMirror(published, mirror, file, options));
  if (missing === undefined) return "mirror";
  const unreached = await unavailable(() => download(published, file, options));
  if (unreached === undefined) return undefined;
  throw new Unavailable(`${missing}; ${unreached}`);
}

/** Why it could not be had; `undefined` when it was. */
async function unavailable(fetching: () => Promise<void>): Promise<string | undefined> {
  try {
    await fetching();
    return undefined;
  } catch (error) {
    if (error instanceof Unavailable) return error.message;
    throw error;
  }
}

/**
 * Writes a published file of the mirror to `file`, once every byte is checked.
 *
 * @param mirror absolute folder, or URL
 * @throws Unavailable when the mirror does not have it
 * @throws Error when the bytes are not the published ones
 */
export const fromMirror = (
  published: Pin,
  mirror: string,
  file: string,
  options: DownloadOptions = {},
): Promise<void> => {
  const { sha256, url } = published;
  return readMirror(
    { place: placeInMirror(published), sha256, remedy: `Copy ${url} there again.` },
    mirror,
    file,
    options,
  );
};

/** A file of a mirror. */
export interface MirrorFile {
  /** Below the mirror. */
  place: string;
  sha256: string;
  /** What to do when it is another. */
  remedy: string;
}

/** The same as `fromMirror`, of any file that a mirror has. */
export async function readMirror(
  { place, sha256: expected, remedy }: MirrorFile,
  mirror: string,
  file: string,
  options: DownloadOptions = {},
): Promise<void> {
  if (isUrl(mirror)) return download({ url: addressIn(mirror, place), sha256: expected }, file, options);
  const source = join(mirror, place);
  if (!existsSync(source)) throw new Unavailable(`there is no ${source}`);
  writeChecked(source, { sha256: expected, remedy }, file);
}

/**
 * Writes to `file` what `source` on this host has, once every byte is checked.
 *
 * @throws Error when the bytes are others
 */
export function writeChecked(
  source: string,
  { sha256: expected, remedy }: Omit<MirrorFile, "place">,
  file: string,
): void {
  const bytes = readSource(source, remedy);
  refuseForeign(source, sha256(bytes), { sha256: expected }, remedy);
  // Not copied: the file may have changed since it was checked.
  writeFileSync(file, bytes);
}

function readSource(source: string, remedy: string): Buffer {
  try {
    return readFileSync(source);
  } catch (error) {
    throw new Error(`${source} cannot be read (${(error as NodeJS.ErrnoException).code}). ${remedy}`);
  }
}

const addressIn = (mirror: string, place: string): string => `${mirror.replace(/\/+$/, "")}/${place}`;
