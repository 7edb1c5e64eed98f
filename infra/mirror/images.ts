import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isAlive } from "../process";
import { IMAGES, isUrl } from "../toolchain/mirror";
import type { Making } from "../toolchain/store";
import { type Synced, toDisk } from "./bundle-file";
import type { ImageCopy } from "./contents";
import { checkImage, MANIFEST_FILE } from "./image-folder";
import { inParallel } from "./in-parallel";
import { CopyError, copyImage, ensureSkopeo } from "./skopeo";

/** Images at a time: most of them are small, and each waits for a few answers first. */
const PARALLEL = 4;

const LEFTOVER = /\.(\d+)\.tmp$/;

/**
 * Makes the bundle have the images, each a folder as skopeo's transport `dir` writes it: that keeps every manifest as it
 * is, and with it the digest, for Docker's as for OCI's. An image appears under its name when all of it is there,
 * checked and on the disk.
 *
 * @param making with a mirror that is a folder and has an image, which is then taken from there
 */
export async function syncImages(folder: string, images: readonly ImageCopy[], making: Making): Promise<Synced[]> {
  const place = join(folder, IMAGES);
  removeLeftoverFolders(place);
  try {
    await ensureSkopeo(making.progress);
  } catch (error) {
    return [{ file: `${IMAGES}/`, outcome: "missing", detail: (error as Error).message }];
  }
  const silent = new Map<string, string>();
  return inParallel(images, PARALLEL, (image) => syncImage(folder, image, making, silent));
}

async function syncImage(
  folder: string,
  image: ImageCopy,
  { progress, mirror, signal }: Making,
  silent: Map<string, string>,
): Promise<Synced> {
  const path = join(folder, image.folder);
  const file = `${image.folder}/${MANIFEST_FILE}`;
  const there = await whatIsThere(path, image.digest);
  if (there?.digest !== undefined) return { file, sha256: hex(there.digest), outcome: "kept", detail: "" };
  const from = sourceOf(image, mirror);
  const step = progress.step(image.folder);
  try {
    const known = silent.get(from.host);
    if (known !== undefined) throw new Error(known);
    const digest = await putImage(path, join(folder, IMAGES), async (temporary) => {
      await copyImage(from.reference, `dir:${temporary}`, step, signal);
      return checkImage(temporary, image.digest);
    });
    step.done();
    const detail = `from ${from.reference}`;
    return there === undefined
      ? { file, sha256: hex(digest), outcome: "copied", detail }
      : { file, sha256: hex(digest), outcome: "replaced", detail: `${detail}; ${there.problem}` };
  } catch (error) {
    signal?.throwIfAborted();
    step.fail("missing");
    const { message } = error as Error;
    if (error instanceof CopyError && error.unreached) silent.set(from.host, `${from.host} is not reached: ${message}`);
    const reason = `${message}; it is ${image.copy.from}`;
    return { file, outcome: "missing", detail: there === undefined ? reason : `${there.problem}, and ${reason}` };
  }
}

/** The digest of the image that is there, or what is wrong with it; `undefined` when nothing is. */
async function whatIsThere(
  path: string,
  digest: string | undefined,
): Promise<{ digest: string; problem?: undefined } | { digest?: undefined; problem: string } | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    return { digest: await checkImage(path, digest) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function sourceOf({ folder, copy }: ImageCopy, mirror: string | undefined): { reference: string; host: string } {
  const copied = mirror === undefined || isUrl(mirror) ? undefined : join(mirror, folder);
  if (copied !== undefined && existsSync(copied)) return { reference: `dir:${copied}`, host: mirror! };
  return { reference: copy.from, host: new URL(copy.from).host };
}

/** Writes the image beside its place, and puts it there when it is whole; what was there goes only then. */
async function putImage(path: string, beside: string, write: (temporary: string) => Promise<string>): Promise<string> {
  const name = path.slice(beside.length + 1).replaceAll("/", "_");
  const temporary = join(beside, `${name}.${process.pid}.tmp`);
  const old = join(beside, `${name}.old.${process.pid}.tmp`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const digest = await write(temporary);
    makeReadable(temporary);
    if (existsSync(path)) renameSync(path, old);
    renameSync(temporary, path);
    toDisk(dirname(path));
    return digest;
  } finally {
    for (const one of [temporary, old]) rmSync(one, { recursive: true, force: true });
  }
}

/** Whoever serves the bundle, or pushes from it, may be another user. */
function makeReadable(folder: string): void {
  for (const file of readdirSync(folder)) {
    chmodSync(join(folder, file), 0o644);
    toDisk(join(folder, file));
  }
  chmodSync(folder, 0o755);
  toDisk(folder);
}

/** Removes what runs that were killed left of images. */
function removeLeftoverFolders(place: string): void {
  for (const name of existsSync(place) ? readdirSync(place) : []) {
    const pid = LEFTOVER.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(place, name), { recursive: true, force: true });
  }
}

const hex = (digest: string): string => digest.replace("sha256:", "");
