/**
 * What has no published checksum, and what that means. This program downloads none of it as a file; machines that are
 * not made here pull the images by tag.
 */
export const unpinned: Readonly<Record<string, string>> = {
  "pulumi-resource-command 1.2.1":
    "no public source states a checksum: taken when installed already, else the embedded one",
  "pulumi-resource-aws 7.48.0":
    "no public source states a checksum, and there is none embedded: taken when installed already (`pulumi plugin install resource aws 7.48.0`), which a stack on AWS says",
  "pulumi-language-nodejs 3.60.0": "comes inside the Pulumi archive; alone it is only built from its Go module",
  "coredns 1.11.3": "its image and archive have no stated checksum: built from its Go module",
  "Debian packages (libwasmedge0, the roots of machines and of builds, apt on this host)":
    "not pinned one by one: apt checks them against the distribution's signed index, and a point release may change them",
  "quay.io/containers/buildah:v1.28.0":
    "no public source states its digest: the ClusterBuildStrategy names it by tag, as OpenFunction's own does",
  "registry.k8s.io images of kubeadm":
    "no public source states their digests for 1.34: local machines carry images that are built here under these names, others pull what kubeadm names by tag",
};
