import { join } from "node:path";
import { type Pin, pin } from "../pins";
import { download } from "../toolchain/download";
import { CHARTS, fromMirror } from "../toolchain/mirror";
import { Unavailable } from "../toolchain/sources";
import type { Artifact } from "../toolchain/store";

/** A chart by its name in `pins` without `chart-`. */
export interface ChartVersion {
  name: string;
  version: string;
}

/** The published file of a chart. */
export const chartPin = ({ name, version }: ChartVersion): Pin => pin(`chart-${name}`, version, "any");

/** A published chart, `chart.tgz`, checked against its pin. Where a run has a mirror, nothing else is asked. */
export function chartArchive(chart: ChartVersion): Artifact {
  const published = chartPin(chart);
  return {
    name: `chart-${chart.name}`,
    title: `chart ${chart.name} ${chart.version}`,
    inputs: [published.sha256],
    async produce(into, { mirror, ...options }) {
      const file = join(into, "chart.tgz");
      try {
        if (mirror === undefined) await download(published, file, options);
        else await fromMirror(published, mirror, file, options);
      } catch (error) {
        throw error instanceof Unavailable ? new Unavailable(unavailable(published, error, mirror)) : error;
      }
      return { source: mirror === undefined ? "official download" : "mirror" };
    },
  };
}

function unavailable({ name, version, url }: Pin, { message }: Error, mirror?: string): string {
  const remedy =
    mirror === undefined ? "set mirror to a folder or URL that has it under" : "put it into the mirror under";
  return `${name.replace("-", " ")} ${version} cannot be had: ${message}; ${remedy} ${CHARTS}/: ${url}`;
}
