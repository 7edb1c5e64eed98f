/** Images of the add-ons, by name and tag. */
export interface AddonImages {
  coreDns: string;
  kubeProxy: string;
  /** Only used with network `overlay`. */
  flannel: string;
}

/** Tag of CoreDNS that kubeadm of each Kubernetes minor release installs. */
const COREDNS_OF: Readonly<Record<string, string>> = { "1.33": "v1.12.0", "1.34": "v1.12.1" };

/** infra/versions.ts says where the digest is from. */
const FLANNEL =
  "ghcr.io/flannel-io/flannel:v0.28.7@sha256:f90b69bc851107660de618258cf8ced0c29979e4f8b1f2776118abf850551d2e";

const RELEASE = /^v?(\d+\.\d+)\.\d+$/;

/** `1.34.4` or `v1.34.4` as Kubernetes tools write it; `undefined` when it is no release. */
export const releaseTag = (version: string): string | undefined =>
  RELEASE.test(version) ? `v${version.replace(/^v/, "")}` : undefined;

/** What is wrong with a Kubernetes version. */
export function versionProblem(version: string): string | undefined {
  const minor = RELEASE.exec(version)?.[1];
  if (minor === undefined) return `"${version}": not a release; write it like 1.34.4`;
  if (COREDNS_OF[minor] === undefined)
    return `"${version}": Kubernetes ${minor} is not known here; use ${Object.keys(COREDNS_OF).join(" or ")}`;
  return undefined;
}

/** The images that kubeadm of this version would use, and flannel's. */
export function addonImages(version: string): AddonImages {
  const minor = RELEASE.exec(version)?.[1] ?? "";
  return {
    coreDns: `registry.k8s.io/coredns/coredns:${COREDNS_OF[minor]}`,
    kubeProxy: `registry.k8s.io/kube-proxy:${releaseTag(version)}`,
    flannel: FLANNEL,
  };
}
