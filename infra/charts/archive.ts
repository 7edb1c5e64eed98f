import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type Pin, pin } from "../pins";
import { download, refuseForeign } from "../toolchain/download";
import { sha256 } from "../toolchain/payload/contents";
import { Unavailable } from "../toolchain/sources";
import type { Artifact, ProduceContext } from "../toolchain/store";

/** Folder of a mirror that has the charts. */
const FOLDER = "charts";

/** The clone: what a relative folder in the settings is relative to, whatever folder the program runs in. */
const CLONE = resolve(__dirname, "..", "..");

const isUrl = (mirror: string): boolean => /^https?:/.test(mirror);

/** Where the mirror of the settings is. */
export const mirrorPlace = (mirror: string): string => (isUrl(mirror) ? mirror : resolve(CLONE, mirror));

/** A chart by its name in `pins.ts` without `chart-`. */
export interface ChartVersion {
  name: string;
  version: string;
}

/**
 * A published chart, `chart.tgz`, checked against its pin.
 *
 * @param mirror folder or URL with the same file under `charts/`; when given, nothing else is asked
 */
export function chartArchive({ name, version }: ChartVersion, mirror?: string): Artifact {
  const published = pin(`chart-${name}`, version, "any");
  return {
    name: `chart-${name}`,
    title: `chart ${name} ${version}`,
    inputs: [published.sha256],
    async produce(into, context) {
      const file = join(into, "chart.tgz");
      try {
        if (mirror === undefined) await download(published, file, context);
        else await fromMirror(published, mirror, file, context);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        const remedy =
          mirror === undefined ? "set mirror to a folder or URL that has it under" : "put it into the mirror under";
        throw new Unavailable(
          `chart ${name} ${version} cannot be had: ${error.message}; ${remedy} ${FOLDER}/: ${published.url}`,
        );
      }
      return { source: mirror === undefined ? "official download" : "mirror" };
    },
  };
}

async function fromMirror(published: Pin, mirror: string, file: string, context: ProduceContext): Promise<void> {
  const name = basename(new URL(published.url).pathname);
  if (isUrl(mirror)) {
    const url = `${mirror.replace(/\/+$/, "")}/${FOLDER}/${name}`;
    return download({ url, sha256: published.sha256 }, file, context);
  }
  const source = join(mirror, FOLDER, name);
  if (!existsSync(source)) throw new Unavailable(`there is no ${source}`);
  refuseForeign(source, sha256(readFileSync(source)), published, `Copy ${published.url} there again.`);
  copyFileSync(source, file);
}
