import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Artifact, artifactKey, ensure, type ProduceContext, type ProduceNote } from "../../toolchain/store";
import { ensureSystemPackages } from "../../toolchain/system-packages";
import { machineBase } from "./base";
import { hostCertificates } from "./certificates";
import { importImages } from "./containerd-state";
import { configInputs, recipeFile } from "./files";
import { httpClientImage } from "./http-client";
import { type NodeImageParts, writeNodeImages } from "./node-images";
import { BASE, type BasePlan, HOST_PACKAGES } from "./packages";
import { makeRoot } from "./rootfs";

export { BASE, type BasePlan } from "./packages";

/** Binaries in `bin/` of an artifact, and the version they are of, without `v`. */
export interface BinarySource {
  version: string;
  artifact: Artifact;
}

export interface MachineImageInputs {
  /** `bin/` with kubelet, kubeadm, kubectl, kube-apiserver, kube-controller-manager, kube-scheduler, kube-proxy. */
  kubernetes: BinarySource;
  /** `bin/etcd`. */
  etcd: BinarySource;
  /** `bin/coredns`. */
  coredns: BinarySource;
  /** `bin/crictl`; for people, nothing needs it. Default: none. */
  crictl?: BinarySource;
  /** Default: `BASE`. */
  base?: BasePlan;
  /** Certificates that machines must trust beyond the distribution's, as PEM text. Default: this host's own. */
  certificates?: string;
}

/** What an artifact's folder of `machineImage` holds. */
export interface MachineImage {
  /** The machines' root, for use as the lower layer of an overlay; never written to. */
  root: string;
  /** A /var/lib/containerd with the node images: blobs and snapshots may be hard-linked, `*.db` must be copied. */
  containerd: string;
  /** OCI archives of the same images. */
  images: string;
  /** Name and version of every package. */
  packages: string;
  /** JSON: names and manifest digests of the images. */
  imageList: string;
}

export function machineImagePaths(folder: string): MachineImage {
  return {
    root: join(folder, "root"),
    containerd: join(folder, "containerd"),
    images: join(folder, "images"),
    packages: join(folder, "packages.txt"),
    imageList: join(folder, "images.json"),
  };
}

/** Bumped when the way of making the image changes. */
const RECIPE = "3";

/** What a machine has on its PATH beyond its packages. */
const COMMANDS = ["kubelet", "kubeadm", "kubectl"] as const;

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * What every local machine starts from: a system as an operator would prepare it for kubeadm, and the images of
 * a node. Made once; `machineImagePaths` says what is where in its folder.
 */
export function machineImage(inputs: MachineImageInputs): Artifact {
  const base = machineBase(inputs.base ?? BASE);
  const sources = [inputs.kubernetes, inputs.etcd, inputs.coredns, ...(inputs.crictl ? [inputs.crictl] : [])];
  const certificates = inputs.certificates ?? hostCertificates();
  return {
    name: "machine-image",
    title: `image of local machines, Kubernetes ${inputs.kubernetes.version}`,
    inputs: [
      RECIPE,
      artifactKey(base),
      ...sources.flatMap(({ version, artifact }) => [version, artifactKey(artifact)]),
      digest(certificates),
      ...configInputs(),
      ...["pause.c", "scripts/import-images.sh"].map((file) => readFileSync(recipeFile(file), "utf8")),
    ],
    produce: (into, context) => produce(into, { ...inputs, certificates }, base, context),
  };
}

async function produce(
  into: string,
  inputs: MachineImageInputs & { certificates: string },
  baseArtifact: Artifact,
  context: ProduceContext,
): Promise<ProduceNote> {
  const image = machineImagePaths(into);
  const base = await ensure(baseArtifact, context);
  const bin = async ({ artifact }: BinarySource): Promise<string> =>
    join((await ensure(artifact, context)).path, "bin");
  const kubernetesBin = await bin(inputs.kubernetes);
  const commands: Record<string, string> = Object.fromEntries(
    COMMANDS.map((name) => [name, join(kubernetesBin, name)]),
  );
  if (inputs.crictl) commands.crictl = join(await bin(inputs.crictl), "crictl");
  await makeRoot(
    image.root,
    {
      base: join(base.path, "root"),
      commands,
      certificates: inputs.certificates,
    },
    context,
  );
  copyFileSync(join(base.path, "packages.txt"), image.packages);
  const images = await makeImages(
    image,
    {
      kubernetes: inputs.kubernetes.version,
      kubernetesBin,
      etcd: { version: inputs.etcd.version, file: join(await bin(inputs.etcd), "etcd") },
      coredns: { version: inputs.coredns.version, file: join(await bin(inputs.coredns), "coredns") },
      root: image.root,
    },
    context,
  );
  return { source: `${base.source}, ${images} images` };
}

async function makeImages(image: MachineImage, parts: NodeImageParts, context: ProduceContext): Promise<number> {
  await ensureSystemPackages(HOST_PACKAGES, context.progress);
  const scratch = `${image.images}.scratch`;
  mkdirSync(scratch);
  const others = [{ file: "http-client.tar", ...(await httpClientImage(image.root, context.signal)) }];
  const written = await writeNodeImages(parts, others, image.images, scratch, context);
  rmSync(scratch, { recursive: true });
  writeFileSync(image.imageList, `${JSON.stringify(written, null, 2)}\n`);
  await importImages(image.root, image.images, image.containerd, context);
  return written.length;
}
