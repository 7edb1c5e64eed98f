import type { KubernetesObject } from "../../components/manifests";
import { withImages } from "../../components/manifests";
import { pinnedImage } from "../images";
import type { Artifact } from "../toolchain/store";
import { versions } from "../versions";
import { type ChartRelease, readRendered, renderedChart } from "./rendered";

/** Objects of the layers that build images, as their charts render them. */
export interface BuildCharts {
  tekton: KubernetesObject[];
  shipwright: KubernetesObject[];
}

type Layer = keyof BuildCharts;

/** Release names and namespaces are those that the parts expect of each other. */
const RELEASES: Readonly<Record<Layer, Omit<ChartRelease, "kubernetesVersion">>> = {
  tekton: {
    name: "tekton-pipelines",
    version: versions.charts.tektonPipelines,
    release: "tekton-pipelines",
    namespace: "tekton-pipelines",
    values: {},
  },
  shipwright: {
    name: "shipwright-build",
    version: versions.charts.shipwrightBuild,
    release: "shipwright-build",
    namespace: "shipwright-build",
    values: {},
  },
};

const release = (layer: Layer, kubernetesVersion: string): ChartRelease => ({ ...RELEASES[layer], kubernetesVersion });

/** What has to be rendered for a cluster of that version. */
export function buildCharts(kubernetesVersion: string, mirror?: string): Record<Layer, Artifact> {
  const rendered = (layer: Layer): Artifact => renderedChart(release(layer, kubernetesVersion), mirror);
  return { tekton: rendered("tekton"), shipwright: rendered("shipwright") };
}

/**
 * Reads what was rendered, with live and pinned images.
 *
 * @param folder of each rendered chart
 */
export function readBuildCharts(kubernetesVersion: string, folder: Record<Layer, string>): BuildCharts {
  const read = (layer: Layer): KubernetesObject[] => {
    const chart = release(layer, kubernetesVersion);
    return withImages(readRendered(chart, folder[layer]), pinnedImage, `chart ${chart.name} ${chart.version}`);
  };
  return { tekton: read("tekton"), shipwright: read("shipwright") };
}
