import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { makingFor, payload } from "../../artifacts";
import { stackSettings } from "../../engine/session";
import type { Synced } from "../../mirror/bundle-file";
import { mirrorContents, publishedFiles } from "../../mirror/contents";
import { pushImages } from "../../mirror/push";
import { syncMirror } from "../../mirror/sync";
import { contentsText } from "../../mirror/text";
import type { Settings } from "../../settings";
import { hostArchitecture } from "../../toolchain/architecture";
import { streamProgress } from "../../toolchain/progress";
import { type Command, exitCodes } from "../command";
import { chosenNames, type Options, UsageError } from "../options";

/** Parts of a bundle: charts and downloads, the runtime of machines, and images of the platform. */
const PARTS = ["published", "payload", "images"] as const;
type Part = (typeof PARTS)[number];

const ACTIONS = ["list", "sync", "push"] as const;
type Action = { name: "list" } | { name: "sync" | "push"; folder: string };

export const mirror: Command = {
  summary:
    "Shows what a site without internet must copy, makes the folder that the setting mirror reads, fills a registry.",
  positionals: "list | sync DIR | push DIR",
  details: [
    "list prints charts, downloaded files, package registries and images, with their checksums and digests, or the",
    "reason why there is none. With --set imageRegistry=… it prints the commands that copy the images.",
    "",
    "sync DIR puts charts and downloads below DIR, each checked against its published checksum. They are taken from the",
    "setting mirror when it names another place that has them, else from their published addresses. The runtime of",
    "machines is compiled, or found in the cache, and put beside them; its payloadDigest is printed. Images of the",
    "platform are copied by skopeo, for every platform, each checked against its digest. What is there and right stays.",
    "DIR then serves as the setting mirror, itself or behind a web server; the clients of package registries have",
    "mirrors of their own.",
    "",
    "push DIR pushes the bundle's images to the registry of the setting imageRegistry, where pods are then told to pull",
    "them. Passwords and certificates of registries are those of skopeo: skopeo login.",
  ],
  flags: {
    json: { type: "boolean", description: "list as JSON" },
    only: { type: "string", description: `sync only these parts, by comma: ${PARTS.join(", ")}` },
  },
  async run(options, { clone }) {
    const action = chosenAction(options);
    const parts = chosenParts(options.flags.only);
    const settings = stackSettings(clone, options.stack, options.set);
    if (action.name === "list") return list(settings, options.flags.json === true);
    if (action.name === "push") return push(action.folder, settings);
    return sync(action.folder, settings, parts);
  },
};

function chosenAction({ positionals: [action, folder, ...rest], flags }: Options): Action {
  const name = ACTIONS.find((one) => one === action);
  if (name !== "sync" && flags.only !== undefined) throw new UsageError("--only: only sync has it");
  if (name === "list" && folder === undefined) return { name };
  if (name === undefined || name === "list" || folder === undefined || folder === "" || rest.length > 0) {
    throw new UsageError("say list, sync DIR or push DIR; --help tells what they do");
  }
  if (flags.json === true) throw new UsageError("--json: only list has it");
  // The setting mirror takes a text with a colon for a URL.
  if (folder.includes(":")) throw new UsageError(`${name} ${folder}: name a folder of this host, without a colon`);
  return { name, folder: resolve(folder) };
}

function list(settings: Settings, asJson: boolean): number {
  const contents = mirrorContents(settings, hostArchitecture());
  process.stdout.write(
    asJson ? `${JSON.stringify(contents, undefined, 2)}\n` : contentsText(contents, settings.kubernetesVersion),
  );
  return exitCodes.ok;
}

async function sync(folder: string, settings: Settings, parts: readonly Part[]): Promise<number> {
  const contents = mirrorContents(settings, hostArchitecture());
  const wanted = {
    published: parts.includes("published") ? publishedFiles(contents) : [],
    ...(parts.includes("payload") ? { payload: payload(settings) } : {}),
    ...(parts.includes("images") ? { images: contents.images } : {}),
  };
  const { files, payloadDigest } = await syncMirror(folder, wanted, makingFor(settings, streamProgress()));
  const missing = files.filter(({ outcome }) => outcome === "missing");
  for (const file of files.filter(({ outcome }) => outcome !== "missing")) process.stdout.write(line(file));
  const digest = payloadDigest === undefined ? "" : ` --set payloadDigest=${payloadDigest}`;
  if (missing.length > 0) {
    // The payload may be whole without the others.
    if (digest !== "") process.stdout.write(`to read the payload: --set mirror=${folder}${digest}\n`);
    const lines = missing.map(({ file, detail }) => `  ${file}: ${detail}\n`);
    process.stderr.write(`mirror: ${missing.length} of ${files.length} files are missing:\n${lines.join("")}`);
    return exitCodes.failed;
  }
  process.stdout.write(`all ${files.length} files are there; to read them: --set mirror=${folder}${digest}\n`);
  return exitCodes.ok;
}

async function push(folder: string, settings: Settings): Promise<number> {
  const { imageRegistry } = settings;
  if (imageRegistry === undefined) {
    throw new UsageError("push: --set imageRegistry=registry.example.org/mirror says which registry is meant");
  }
  if (!existsSync(folder)) throw new UsageError(`push ${folder}: there is no such folder; mirror sync makes one`);
  const images = mirrorContents(settings, hostArchitecture())
    .images.filter(({ uncopied }) => uncopied === undefined)
    .map((one) => ({ ...one, to: one.copy.to! }));
  const pushed = await pushImages(folder, images, streamProgress());
  const missing = pushed.filter(({ outcome }) => outcome === "missing");
  for (const one of pushed.filter(({ outcome }) => outcome === "pushed"))
    process.stdout.write(`pushed ${one.reference}  ${one.detail}\n`);
  if (missing.length > 0) {
    const lines = missing.map(({ reference, detail }) => `  ${reference}: ${detail}\n`);
    process.stderr.write(`mirror: ${missing.length} of ${pushed.length} images are not pushed:\n${lines.join("")}`);
    return exitCodes.failed;
  }
  process.stdout.write(`all ${pushed.length} images are in ${imageRegistry}\n`);
  return exitCodes.ok;
}

/** The parts that a run is to see to. */
const chosenParts = (only: string | boolean | undefined): readonly Part[] =>
  chosenNames(only, PARTS, () => `--only ${only}: parts are ${PARTS.join(", ")}`) ?? PARTS;

const line = ({ file, outcome, detail }: Synced): string => `${`${outcome.padEnd(9)} ${file}  ${detail}`.trimEnd()}\n`;
