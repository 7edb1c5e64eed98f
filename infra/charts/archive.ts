import { join } from "node:path";
import { type Pin, pin } from "../pins";
import { type DownloadOptions, download } from "../toolchain/download";
import { CHARTS, fromMirror } from "../toolchain/mirror";
import { Unavailable } from "../toolchain/sources";
import type { Artifact } from "../toolchain/store";

/** A chart by its name in `pins.ts` without `chart-`. */
export interface ChartVersion {
  name: string;
  version: string;
}

/** The published file of a chart. */
export const chartPin = ({ name, version }: ChartVersion): Pin => pin(`chart-${name}`, version, "any");

/**
 * A published chart, `chart.tgz`, checked against its pin.
 *
 * @param mirror folder or URL with the same file under `charts/`; when given, nothing else is asked
 */
export function chartArchive(chart: ChartVersion, mirror?: string): Artifact {
  const published = chartPin(chart);
  return {
    name: `chart-${chart.name}`,
    title: `chart ${chart.name} ${chart.version}`,
    inputs: [published.sha256],
    async produce(into, context) {
      await fetchChart(published, join(into, "chart.tgz"), mirror, context);
      return { source: mirror === undefined ? "official download" : "mirror" };
    },
  };
}

/**
 * Writes a chart to `file` once every byte is checked.
 *
 * @param mirror folder or URL that is asked instead of the published address
 * @throws Unavailable when it is not there: says where it was looked for and what to do
 * @throws Error when the bytes are not the published ones
 */
export async function fetchChart(
  published: Pin,
  file: string,
  mirror?: string,
  options: DownloadOptions = {},
): Promise<void> {
  try {
    if (mirror === undefined) await download(published, file, options);
    else await fromMirror(published, mirror, file, options);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    const title = `${published.name.replace("-", " ")} ${published.version}`;
    const remedy =
      mirror === undefined ? "set mirror to a folder or URL that has it under" : "put it into the mirror under";
    throw new Unavailable(`${title} cannot be had: ${error.message}; ${remedy} ${CHARTS}/: ${published.url}`);
  }
}
