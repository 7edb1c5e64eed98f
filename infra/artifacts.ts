import type { NodeArtifact } from "../components/cluster";
import type { NetworkPlan } from "../components/node-pool";
import { planNetwork } from "../components/node-pool";
import { isChartLayer } from "../components/platform";
import { type ChartPlaces, type LayerObjects, layerCharts, readLayerCharts } from "./charts/layers";
import { machineImage } from "./local/image";
import { machineBase } from "./local/image/base";
import { flannelImage } from "./local/image/flannel-image";
import { BASE, type BasePlan, BUILD_BASE } from "./local/image/packages";
import { stackNetwork } from "./local/machine/networks";
import { nodeBinaries } from "./node-binaries";
import type { Settings } from "./settings";
import { type Architecture, hostArchitecture } from "./toolchain/architecture";
import {
  corednsBinary,
  crictlBinary,
  daprdBinary,
  etcdBinary,
  flannelBinary,
  helmBinary,
  kubernetesBinaries,
} from "./toolchain/binaries";
import { type BuildImages, buildImages, readBuildImages } from "./toolchain/build-images/all";
import { inClone, mirrorPlace } from "./toolchain/mirror";
import { readStoredImage, type StoredImage } from "./toolchain/oci";
import {
  mirroredPayload,
  type RuntimeBuild,
  type RuntimePayload,
  readPayload,
  runtimePayload,
  sourcePayload,
} from "./toolchain/payload";
import { builderRoot } from "./toolchain/payload/builder-root";
import type { Progress } from "./toolchain/progress";
import { daprdImage, readSampleImage, type SampleImage, sampleImage, sampleModule } from "./toolchain/sample";
import { type Artifact, ensure, ensureAll, type Making } from "./toolchain/store";
import { versions } from "./versions";

/** What a composition can need from this host. */
export type ArtifactName = "localMachines" | "nodeBinaries" | "payload" | "sample" | "flannel" | "charts";

/** Where local machines live and what they are born from. */
export interface LocalMachines {
  network: NetworkPlan;
  /** Folder with `root/` and `containerd/`. */
  image: string;
}

/** What was made on this host for one run of the program. */
export interface Artifacts {
  localMachines?: LocalMachines;
  /** What a machine that is no node yet downloads by itself. */
  nodeBinaries?: NodeArtifact[];
  payload?: RuntimePayload;
  /** Only for the lane `direct`. */
  sample?: SampleImage;
  /** The sample with a sidecar of Dapr's, and the image of that; only where the settings ask for it. */
  daprSample?: { image: SampleImage; daprd: StoredImage };
  /** Image of flannel for machines that pull nothing; only where the pod network is an overlay. */
  flannel?: StoredImage;
  /** Objects of the platform's charts; only where the platform is wanted. */
  charts?: LayerObjects;
  /** What builds the sample in the cluster; then there is no `sample`. */
  sampleBuild?: SampleBuild;
}

/** A function's source, and the images that its build in the cluster takes. */
export interface SampleBuild extends BuildImages {
  /** Absolute folder with the Dockerfile. */
  folder: string;
}

/** How the settings want things made. */
export const makingFor = ({ mirror }: Pick<Settings, "mirror">, progress: Progress): Making => ({
  progress,
  mirror: mirror && mirrorPlace(mirror),
});

/**
 * Makes what a composition needs, or finds it in the cache.
 *
 * @throws when something cannot be made: says what, from which sources, and why not.
 */
export async function prepareArtifacts(
  needs: readonly ArtifactName[],
  stack: string,
  settings: Settings,
  progress: Progress,
): Promise<Artifacts> {
  const making = makingFor(settings, progress);
  const path = async (artifact: Artifact): Promise<string> => (await ensure(artifact, making)).path;
  await ensureAll(parts(needs, settings), making);
  const artifacts: Artifacts = {};
  if (needs.includes("localMachines")) {
    artifacts.localMachines = { network: localNetwork(stack, settings), image: await path(localImage(settings)) };
  }
  if (needs.includes("nodeBinaries")) {
    artifacts.nodeBinaries = nodeBinaries(settings.kubernetesVersion, machineArchitecture(settings), making.mirror);
  }
  if (needs.includes("payload")) artifacts.payload = readPayload(await path(payload(settings)));
  if (needsSample(needs, settings)) artifacts.sample = readSampleImage(await path(sampleImage("http-server")));
  if (needsDaprSample(needs, settings)) {
    const image = readSampleImage(await path(sampleImage("dapr-state")));
    artifacts.daprSample = { image, daprd: readStoredImage(await path(daprdImage())) };
  }
  if (needsFlannel(needs, settings)) artifacts.flannel = readStoredImage(await path(flannelImage()));
  if (needsCharts(needs, settings)) {
    artifacts.charts = await chartObjects(settings, path);
  }
  if (needs.includes("sample") && settings.sampleBuild !== undefined) {
    const folder = inClone(settings.sampleBuild);
    artifacts.sampleBuild = { folder, ...(await readBuildImages(folder, path)) };
  }
  return artifacts;
}

/** The objects of the layers that the stack makes, from charts that are rendered when they are not in the cache. */
export const platformObjects = (settings: Settings, progress: Progress): Promise<LayerObjects> =>
  chartObjects(settings, async (artifact) => (await ensure(artifact, makingFor(settings, progress))).path);

async function chartObjects(settings: Settings, path: (artifact: Artifact) => Promise<string>): Promise<LayerObjects> {
  const { kubernetesVersion, imageRegistry, platform } = settings;
  const places: ChartPlaces = { kubernetesVersion, imageRegistry };
  const charts = layerCharts(platform.filter(isChartLayer), places);
  const folders: Record<string, string> = {};
  for (const [layer, chart] of Object.entries(charts)) folders[layer] = await path(chart);
  return readLayerCharts(folders, places);
}

/** What the others are made of and what does not wait for anything: two of them at a time. */
function parts(needs: readonly ArtifactName[], settings: Settings): Record<string, Artifact> {
  const base = machineBase(localBase(settings.runtimeBuild));
  const local = { kubernetes: kubernetesBinaries(), base, etcd: etcdBinary(), coredns: corednsBinary() };
  return {
    ...(needs.includes("localMachines") ? local : {}),
    ...(needs.includes("payload") && settings.payloadDigest === undefined
      ? { builder: builderRoot(), crictl: crictlBinary() }
      : {}),
    ...(needsSample(needs, settings) ? { module: sampleModule("http-server") } : {}),
    ...(needsDaprSample(needs, settings) ? { daprModule: sampleModule("dapr-state"), daprd: daprdBinary() } : {}),
    ...(needsFlannel(needs, settings) ? { flannel: flannelBinary() } : {}),
    ...(needsCharts(needs, settings) ? { helm: helmBinary() } : {}),
    ...sampleBuildImages(needs, settings),
  };
}

/** What takes minutes, and gigabytes, to make; a run that finds all of it is a warm one. */
export function slowArtifacts(needs: readonly ArtifactName[], settings: Settings): Artifact[] {
  return [
    payload(settings),
    ...(needs.includes("localMachines") ? [localImage(settings)] : []),
    ...(needsDaprSample(needs, settings) ? [daprdImage()] : []),
    ...(needsFlannel(needs, settings) ? [flannelImage()] : []),
    ...(needsCharts(needs, settings) ? [helmBinary()] : []),
    ...Object.values(sampleBuildImages(needs, settings)),
  ];
}

/** Other lanes pull it from a registry. */
const needsSample = (needs: readonly ArtifactName[], { sample, sampleBuild, sampleLane }: Settings): boolean =>
  needs.includes("sample") && sample && sampleBuild === undefined && sampleLane === "direct";

const sampleBuildImages = (needs: readonly ArtifactName[], { sampleBuild }: Settings): Record<string, Artifact> =>
  needs.includes("sample") && sampleBuild !== undefined ? buildImages(inClone(sampleBuild)) : {};

const needsFlannel = (needs: readonly ArtifactName[], { network }: Settings): boolean =>
  needs.includes("flannel") && network === "overlay";

const needsDaprSample = (needs: readonly ArtifactName[], { daprSample }: Settings): boolean =>
  needs.includes("sample") && daprSample;

const needsCharts = (needs: readonly ArtifactName[], { platform }: Settings): boolean =>
  needs.includes("charts") && platform.length > 0;

function localNetwork(stack: string, { machineCidr, podCidr, serviceCidr }: Settings): NetworkPlan {
  return machineCidr === undefined ? stackNetwork(stack, [podCidr, serviceCidr]) : planNetwork(machineCidr);
}

/** What local machines are made of: with a compiler where they compile crun, for their network has no package source. */
const localBase = (runtimeBuild?: RuntimeBuild): BasePlan => (runtimeBuild === "node" ? BUILD_BASE : BASE);

/** The image of local machines with the binaries that were built here. */
export function localImage({ runtimeBuild }: Partial<Pick<Settings, "runtimeBuild">> = {}): Artifact {
  return machineImage({
    base: localBase(runtimeBuild),
    kubernetes: { version: versions.kubernetes.module, artifact: kubernetesBinaries() },
    etcd: { version: versions.etcd, artifact: etcdBinary() },
    coredns: { version: versions.coredns, artifact: corednsBinary() },
  });
}

/** What decides the runtime of machines. */
export type RuntimeChoice = Pick<Settings, "crunVersion" | "wasmedgeVersion"> &
  Partial<Pick<Settings, "runtimeBuild" | "payloadDigest" | "awsArchitecture">>;

/** Processors of the stack's machines: this host's, unless AWS has others. */
const machineArchitecture = ({ awsArchitecture }: Pick<RuntimeChoice, "awsArchitecture">): Architecture =>
  awsArchitecture ?? hostArchitecture();

/** The runtime of machines: compiled here, for machines like this host, to be compiled there, or from the mirror. */
export function payload(choice: RuntimeChoice): Artifact {
  const { crunVersion, wasmedgeVersion, runtimeBuild, payloadDigest } = choice;
  const chosen = { crun: crunVersion, wasmedge: wasmedgeVersion };
  if (payloadDigest !== undefined) {
    const architecture = machineArchitecture(choice);
    return mirroredPayload({ digest: payloadDigest, versions: chosen, build: runtimeBuild ?? "payload", architecture });
  }
  const make = runtimeBuild === "node" ? sourcePayload : runtimePayload;
  return make({
    versions: chosen,
    crictl: { version: versions.crictl, artifact: crictlBinary() },
  });
}
