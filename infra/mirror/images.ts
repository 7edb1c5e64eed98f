import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { IMAGES, isUrl } from "../toolchain/mirror";
import type { Making } from "../toolchain/store";
import { removeLeftovers, type Synced, toDisk } from "./bundle-file";
import type { ImageCopy } from "./contents";
import { checkImage, MANIFEST_FILE, type WholeImage } from "./image-folder";
import { inParallel } from "./in-parallel";
import { CopyError, copyImage, ensureSkopeo } from "./skopeo";

/** Images at a time: most of them are small, and each waits for a few answers first. */
const PARALLEL = 4;

/**
 * Makes the bundle have the images, each a folder as skopeo's transport `dir` writes it: that keeps every manifest as it
 * is, and with it the digest, for Docker's as for OCI's. An image appears under its name when all of it is there,
 * checked and on the disk.
 *
 * @param making with a mirror that is a folder and has an image, which is then taken from there
 */
export async function syncImages(folder: string, images: readonly ImageCopy[], making: Making): Promise<Synced[]> {
  removeLeftovers(join(folder, IMAGES));
  const step = making.progress.step("images that are there");
  const known = await inParallel(images, PARALLEL, async (image) => {
    step.update(image.folder);
    return { image, there: await whatIsThere(join(folder, image.folder), image.digest) };
  });
  step.done();
  // Where all are there, nothing is asked of this host or anybody.
  const skopeo = known.every(({ there }) => isWhole(there)) ? undefined : await obstacle(making);
  const silent = new Map<string, string>();
  return inParallel(known, PARALLEL, ({ image, there }) => {
    if (isWhole(there)) return Promise.resolve(synced(image, there, "kept", said(unpinned(image))));
    if (skopeo !== undefined) return Promise.resolve(missing(image, there, skopeo));
    return copied(folder, image, there, making, silent);
  });
}

/** What is under an image's name: the image, or what is wrong with it; `undefined` when nothing is. */
type There = WholeImage | { problem: string } | undefined;

const isWhole = (there: There): there is WholeImage => there !== undefined && "digest" in there;

const obstacle = ({ progress }: Making): Promise<string | undefined> =>
  ensureSkopeo(progress).then(
    () => undefined,
    (error: Error) => error.message,
  );

async function copied(
  folder: string,
  image: ImageCopy,
  there: There,
  { progress, mirror, signal }: Making,
  silent: Map<string, string>,
): Promise<Synced> {
  const from = sourceOf(image, mirror);
  const step = progress.step(image.folder);
  try {
    const known = silent.get(from.host);
    if (known !== undefined) throw new Error(known);
    const whole = await putImage(join(folder, image.folder), join(folder, IMAGES), async (temporary) => {
      await copyImage(from.reference, `dir:${temporary}`, step, signal);
      return checkImage(temporary, image.digest);
    });
    step.done();
    const problem = there !== undefined && "problem" in there ? there.problem : undefined;
    const detail = said(`from ${from.reference}`, problem, unpinned(image));
    return synced(image, whole, problem === undefined ? "copied" : "replaced", detail);
  } catch (error) {
    signal?.throwIfAborted();
    step.fail("missing");
    const { message } = error as Error;
    if (error instanceof CopyError && error.unreached) silent.set(from.host, `${from.host} is not reached: ${message}`);
    return missing(image, there, message);
  }
}

const manifestOf = ({ folder }: ImageCopy): string => `${folder}/${MANIFEST_FILE}`;

/** Nobody can say that such an image is the one that was meant. */
const unpinned = ({ unpinned: reason }: ImageCopy): string | undefined =>
  reason === undefined ? undefined : `not checked against a published digest: ${reason}`;

const said = (...parts: (string | undefined)[]): string => parts.filter((part) => part !== undefined).join("; ");

function synced(image: ImageCopy, whole: WholeImage, outcome: "kept" | "copied" | "replaced", detail: string): Synced {
  const parts = whole.parts.slice(1).map(({ file, sha256 }) => ({ file: `${image.folder}/${file}`, sha256 }));
  return { file: manifestOf(image), sha256: hex(whole.digest), outcome, detail, parts };
}

function missing(image: ImageCopy, there: There, message: string): Synced {
  const reason = `${message}; it is ${image.copy.from}`;
  const detail = there !== undefined && "problem" in there ? `${there.problem}, and ${reason}` : reason;
  return { file: manifestOf(image), outcome: "missing", detail };
}

async function whatIsThere(path: string, digest: string | undefined): Promise<There> {
  if (!existsSync(path)) return undefined;
  try {
    return await checkImage(path, digest);
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
async function putImage(
  path: string,
  beside: string,
  write: (temporary: string) => Promise<WholeImage>,
): Promise<WholeImage> {
  const name = path.slice(beside.length + 1).replaceAll("/", "_");
  const temporary = join(beside, `${name}.${process.pid}.tmp`);
  const old = join(beside, `${name}.old.${process.pid}.tmp`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const whole = await write(temporary);
    makeReadable(temporary);
    if (existsSync(path)) renameSync(path, old);
    renameSync(temporary, path);
    toDisk(dirname(path));
    return whole;
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

const hex = (digest: string): string => digest.replace("sha256:", "");
