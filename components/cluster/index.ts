export type { DnsRewrite, ProxyMode } from "./addons";
export { DEFAULT_POD_CIDR, DEFAULT_SERVICE_CIDR } from "./addresses";
export type { ArtifactName, NodeArtifact } from "./artifacts";
export { ExistingCluster, type ExistingClusterArgs } from "./existing-cluster";
export { KubeadmCluster, type KubeadmClusterArgs, type PodNetwork } from "./kubeadm-cluster";
export type { CgroupDriver } from "./kubeadm-config";
export { inCluster, type Lifetime } from "./lifetime";
export type { Cluster } from "./outputs";
export type { AddonImages } from "./versions";
