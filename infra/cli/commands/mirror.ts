import { resolve } from "node:path";
import { makingFor } from "../../artifacts";
import { stackSettings } from "../../engine/session";
import { mirrorContents, publishedFiles } from "../../mirror/contents";
import { type Synced, syncMirror } from "../../mirror/sync";
import { contentsText } from "../../mirror/text";
import type { Settings } from "../../settings";
import { hostArchitecture } from "../../toolchain/architecture";
import { streamProgress } from "../../toolchain/progress";
import { type Command, exitCodes } from "../command";
import { type Options, UsageError } from "../options";

export const mirror: Command = {
  summary: "Shows what a site without internet must copy, and makes the folder that the setting mirror reads.",
  positionals: "list | sync DIR",
  details: [
    "list prints charts, downloaded files, package registries and images, with their checksums and digests, or the",
    "reason why there is none. With --set imageRegistry=… it prints the commands that copy the images.",
    "",
    "sync DIR puts charts and downloads below DIR, each checked against its published checksum. They are taken from the",
    "setting mirror when it names another place that has them, else from their published addresses. What is there and",
    "right stays. DIR then serves as the setting mirror, itself or behind a web server. Images go to a registry by a",
    "tool for registries, such as skopeo; the clients of package registries have mirrors of their own.",
  ],
  flags: { json: { type: "boolean", description: "list as JSON" } },
  async run(options, { clone }) {
    const folder = bundleFolder(options);
    const settings = stackSettings(clone, options.stack, options.set);
    return folder === undefined ? list(settings, options.flags.json === true) : await sync(folder, settings);
  },
};

/** The folder of `sync`; `undefined` for `list`. */
function bundleFolder({ positionals: [action, folder, ...rest], flags }: Options): string | undefined {
  if (action === "list" && folder === undefined) return undefined;
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

async function sync(folder: string, settings: Settings): Promise<number> {
  const files = publishedFiles(mirrorContents(settings, hostArchitecture()));
  const results = await syncMirror(folder, files, makingFor(settings, streamProgress()));
  const missing = results.filter(({ outcome }) => outcome === "missing");
  for (const result of results.filter(({ outcome }) => outcome !== "missing")) process.stdout.write(line(result));
  if (missing.length > 0) {
    const lines = missing.map(({ file, detail }) => `  ${file}: ${detail}\n`);
    process.stderr.write(`mirror: ${missing.length} of ${results.length} files are missing:\n${lines.join("")}`);
    return exitCodes.failed;
  }
  process.stdout.write(`all ${results.length} files are there; to read them: --set mirror=${folder}\n`);
  return exitCodes.ok;
}

const line = ({ file, outcome, detail }: Synced): string => `${`${outcome.padEnd(9)} ${file}  ${detail}`.trimEnd()}\n`;
