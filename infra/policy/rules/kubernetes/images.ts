import { imagePins, imageReference } from "../../../images";
import type { Rule } from "../../rule";
import { text } from "../../values";
import { type Container, onAllPods, onWorkloads, podsOf } from "./object";

const DIGEST = /@sha256:[0-9a-f]{64}$/;

/** Images that this host made and put onto the machines: their tag is a hash of what is in them, and nobody pulls them. */
const LOCAL = /^ofwasm\.local\//;

/** What this program builds is pushed under a hash of its source, to a registry of the stack's own. */
const BUILT = /^[a-z0-9.-]+\.svc\.cluster\.local(:\d+)?\/.*:[0-9a-f]{16}$/;

/** Kubernetes' own, which kubeadm names by their version: machines carry them, or pull what its release was tested with. */
const KUBERNETES = /^registry\.k8s\.io\/(kube-proxy|coredns\/coredns|pause|etcd):v?\d[\w.-]*$/;

/** A place that copies an image keeps its name as the end of the copy's. */
const unpinnedForAReason = imagePins.flatMap((pin) => ("unpinned" in pin ? [imageReference(pin)] : []));

const isPinned = (image: string): boolean =>
  DIGEST.test(image) ||
  LOCAL.test(image) ||
  BUILT.test(image) ||
  KUBERNETES.test(image) ||
  unpinnedForAReason.some((known) => image === known || image.endsWith(`/${known}`));

/** A tag after the last slash: what comes before it may be a port. */
const tagOf = (image: string): string | undefined => /:([^/:]+)$/.exec(image.replace(/@.*$/, ""))?.[1];

/** `[container, image]` of each container whose image is known. */
const imagesOf = (containers: readonly Container[]): [string, string][] =>
  containers.flatMap(({ name, spec }) => {
    const image = text(spec.image);
    return image === undefined || image === "" ? [] : [[name, image] as [string, string]];
  });

export const imageRules: readonly Rule[] = [
  {
    name: "kubernetes-image-digest",
    description: "Images are named by their digest, so that every machine runs the same bytes.",
    level: "mandatory",
    remedy: "write the image as name@sha256:…; for an image of a chart, add digest or reason to infra/images",
    on: onWorkloads,
    judge: (resource) =>
      imagesOf(podsOf(resource).containers)
        .filter(([, image]) => !isPinned(image))
        .map(([container, image]) => `container ${container} runs ${image}, which has no digest`),
  },
  {
    name: "kubernetes-image-latest",
    description: "No image is taken by a tag that moves.",
    level: "mandatory",
    remedy: "name a version or a digest",
    on: onAllPods,
    judge: (resource) =>
      imagesOf(podsOf(resource).containers)
        .filter(([, image]) => !DIGEST.test(image) && (tagOf(image) ?? "latest") === "latest")
        .map(([container, image]) => `container ${container} runs ${image}, the latest of its kind`),
  },
];
