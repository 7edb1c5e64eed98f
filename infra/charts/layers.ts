import type { KubernetesObject } from "../../components/manifests";
import { withImages } from "../../components/manifests";
import type { ChartLayer } from "../../components/platform";
import { knownImage } from "../images";
import type { Pin } from "../pins";
import type { Artifact } from "../toolchain/store";
import { versions } from "../versions";
import { chartPin } from "./archive";
import { isGatewayApi } from "./gateway-api";
import { type ChartRelease, readRendered, renderedChart } from "./rendered";

/** Objects of the platform's layers, as their charts render them. */
export type LayerObjects = Partial<Record<ChartLayer, KubernetesObject[]>>;

/** The cluster, and the place from which its images come. */
export interface ChartPlaces {
  kubernetesVersion: string;
  /** Registry with copies of all images. Default: their homes. */
  imageRegistry?: string;
}

type Release = Omit<ChartRelease, "kubernetesVersion">;

const OPENFUNCTION = { name: "openfunction", version: versions.charts.openfunction };

/** A chart inside OpenFunction's, with its own defaults: OpenFunction's name copies of the images that it made itself. */
const inside = (folder: string, release: string, namespace: string, values: Release["values"] = {}): Release => ({
  ...OPENFUNCTION,
  folder: `charts/${folder}`,
  release,
  namespace,
  values,
});

/** OpenFunction without the charts inside it: those are layers of their own. */
const OPENFUNCTION_ALONE: Release = {
  ...OPENFUNCTION,
  release: "openfunction",
  namespace: "openfunction",
  values: {
    global: Object.fromEntries(
      ["Dapr", "Keda", "KnativeServing", "TektonPipelines", "ShipwrightBuild", "Contour"].map((part) => [
        part,
        { enabled: false },
      ]),
    ),
  },
};

/** Release names and namespaces are those that the parts expect of each other. */
const RELEASES: Readonly<Record<ChartLayer, Release>> = {
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
  gatewayApi: OPENFUNCTION_ALONE,
  contour: inside("contour", "contour", "projectcontour", {
    // OpenFunction looks for the Service `contour-envoy`.
    fullnameOverride: "contour",
    contour: { ingressClass: { name: "contour", default: false } },
    // The Service is the way in: ports of the machines stay theirs.
    envoy: { useHostPort: false },
    configInline: { gateway: { controllerName: "projectcontour.io/projectcontour/contour" } },
  }),
  knative: {
    name: "knative-serving",
    version: versions.charts.knativeServing,
    release: "knative-serving",
    namespace: "knative-serving",
    values: {},
  },
  dapr: inside("dapr", "dapr", "dapr-system"),
  // Its chart asks the registry at each start of a pod, also for images that are there.
  keda: inside("keda", "keda", "keda", { image: { pullPolicy: "IfNotPresent" } }),
  openfunction: OPENFUNCTION_ALONE,
};

/** Every chart that some layer is rendered from, once. */
export const publishedCharts: readonly Pin[] = [...new Set(Object.values(RELEASES).map(chartPin))];

const named =
  (...names: string[]) =>
  (object: KubernetesObject): boolean =>
    names.includes(`${object.kind}/${object.metadata.name}`);

/** What a layer does not take of its chart. */
const LEFT_OUT: Partial<Record<ChartLayer, (object: KubernetesObject) => boolean>> = {
  gatewayApi: (object) => !isGatewayApi(object),
  openfunction: (object) =>
    isGatewayApi(object) ||
    // The RuntimeClass belongs to the machines that have the runtime; the Secret is a key pair that everyone has.
    named("RuntimeClass/openfunction-crun", "Secret/webhook-server-cert")(object),
  // Looks for a domain in a public DNS service, and fails where there is no load balancer: the domain is a setting.
  knative: named("Job/default-domain", "Service/default-domain-service"),
};

const release = (layer: ChartLayer, kubernetesVersion: string): ChartRelease => ({
  ...RELEASES[layer],
  kubernetesVersion,
});

/** What has to be rendered for those layers. */
export function layerCharts(
  layers: readonly ChartLayer[],
  { kubernetesVersion }: Pick<ChartPlaces, "kubernetesVersion">,
): Partial<Record<ChartLayer, Artifact>> {
  return Object.fromEntries(layers.map((layer) => [layer, renderedChart(release(layer, kubernetesVersion))]));
}

/**
 * Reads what was rendered, with live and pinned images.
 *
 * @param folders of the rendered charts, by layer
 */
export function readLayerCharts(
  folders: Readonly<Partial<Record<ChartLayer, string>>>,
  { kubernetesVersion, imageRegistry }: ChartPlaces,
): LayerObjects {
  return Object.fromEntries(
    (Object.entries(folders) as [ChartLayer, string][]).map(([layer, folder]) => {
      const chart = release(layer, kubernetesVersion);
      const objects = readRendered(chart, folder).filter((object) => !LEFT_OUT[layer]?.(object));
      const source = `chart ${chart.name} ${chart.version}`;
      return [layer, withImages(objects, (rendered) => knownImage(rendered, imageRegistry), source)];
    }),
  );
}
