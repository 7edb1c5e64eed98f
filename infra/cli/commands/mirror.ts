import { resolve } from "node:path";
import { makingFor, payload } from "../../artifacts";
import { stackSettings } from "../../engine/session";
import type { Synced } from "../../mirror/bundle-file";
import { mirrorContents, publishedFiles } from "../../mirror/contents";
import { syncMirror } from "../../mirror/sync";
import { contentsText } from "../../mirror/text";
import type { Settings } from "../../settings";
import { hostArchitecture } from "../../toolchain/architecture";
import { streamProgress } from "../../toolchain/progress";
import { type Command, exitCodes } from "../command";
import { chosenNames, type Options, UsageError } from "../options";

/** Parts of a bundle: charts and downloads, and the runtime of machines. */
const PARTS = ["published", "payload"] as const;
type Part = (typeof PARTS)[number];

export const mirror: Command = {
  summary: "Shows what a site without internet must copy, and makes the folder that the setting mirror reads.",
  positionals: "list | sync DIR",
  details: [
    "list prints charts, downloaded files, package registries and images, with their checksums and digests, or the",
    "reason why there is none. With --set imageRegistry=… it prints the commands that copy the images.",
    "",
    "sync DIR puts charts and downloads below DIR, each checked against its published checksum. They are taken from the",
    "setting mirror when it names another place that has them, else from their published addresses. The runtime of",
    "machines is compiled, or found in the cache, and put beside them; its payloadDigest is printed. What is there and",
    "right stays. DIR then serves as the setting mirror, itself or behind a web server. Images go to a registry by a",
    "tool for registries, such as skopeo; the clients of package registries have mirrors of their own.",
  ],
  flags: {
    json: { type: "boolean", description: "list as JSON" },
    only: { type: "string", description: `sync only these parts, by comma: ${PARTS.join(", ")}` },
  },
  async run(options, { clone }) {
    const folder = bundleFolder(options);
    const parts = chosenParts(options.flags.only);
    const settings = stackSettings(clone, options.stack, options.set);
    return folder === undefined ? list(settings, options.flags.json === true) : await sync(folder, settings, parts);
  },
};

/** The folder of `sync`; `undefined` for `list`. */
function bundleFolder({ positionals: [action, folder, ...rest], flags }: Options): string | undefined {
  if (action === "list" && folder === undefined) {
    if (flags.only !== undefined) throw new UsageError("--only: only sync has it");
    return undefined;
  }
  if (action !== "sync" || folder === undefined || folder === "" || rest.length > 0) {
    throw new UsageError("say list, or sync DIR; --help tells what they do");
  }
  if (flags.json === true) throw new UsageError("--json: only list has it");
  // The setting mirror takes a text with a colon for a URL.
  if (folder.includes(":")) throw new UsageError(`sync ${folder}: name a folder of this host, without a colon`);
  return resolve(folder);
}

function list(settings: Settings, asJson: boolean): number {
  const contents = mirrorContents(settings, hostArchitecture());
  process.stdout.write(
    asJson ? `${JSON.stringify(contents, undefined, 2)}\n` : contentsText(contents, settings.kubernetesVersion),
  );
  return exitCodes.ok;
}

async function sync(folder: string, settings: Settings, parts: readonly Part[]): Promise<number> {
  const published = publishedFiles(mirrorContents(settings, hostArchitecture()));
  const wanted = {
    published: parts.includes("published") ? published : [],
    ...(parts.includes("payload") ? { payload: payload(settings) } : {}),
  };
  const { files, payloadDigest } = await syncMirror(folder, wanted, makingFor(settings, streamProgress()));
  const missing = files.filter(({ outcome }) => outcome === "missing");
  for (const file of files.filter(({ outcome }) => outcome !== "missing")) process.stdout.write(line(file));
  if (missing.length > 0) {
    const lines = missing.map(({ file, detail }) => `  ${file}: ${detail}\n`);
    process.stderr.write(`mirror: ${missing.length} of ${files.length} files are missing:\n${lines.join("")}`);
    return exitCodes.failed;
  }
  const digest = payloadDigest === undefined ? "" : ` --set payloadDigest=${payloadDigest}`;
  process.stdout.write(`all ${files.length} files are there; to read them: --set mirror=${folder}${digest}\n`);
  return exitCodes.ok;
}

/** The parts that a run is to see to. */
const chosenParts = (only: string | boolean | undefined): readonly Part[] =>
  chosenNames(only, PARTS, () => `--only ${only}: parts are ${PARTS.join(", ")}`) ?? PARTS;

const line = ({ file, outcome, detail }: Synced): string => `${`${outcome.padEnd(9)} ${file}  ${detail}`.trimEnd()}\n`;
