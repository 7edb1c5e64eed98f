import type * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../node-pool/machine";
import { type DnsRewrite, MACHINE_NAMESERVERS, type ProxyMode } from "./addons";
import { DEFAULT_POD_CIDR, DEFAULT_SERVICE_CIDR } from "./addresses";
import type { NodeArtifact } from "./artifacts";
import type { CgroupDriver } from "./kubeadm-config";
import { type AddonImages, addonImages, releaseTag } from "./versions";

/** How pods reach pods of other machines. */
export type PodNetwork = "l2" | "overlay";

export interface KubeadmClusterArgs {
  /** Names this cluster: in messages, in the kubeconfig, and for the provider's identity. */
  clusterName: string;
  /** Machine that becomes the control plane. */
  controlPlane: Machine;
  /** Machines that become workers; which ones exist decides which resources exist, so a plain list. Default none. */
  workers?: readonly Machine[];
  /** Kubernetes release, `1.34.4`. Settled for good when the cluster is made. */
  kubernetesVersion: string;
  /** Addresses of pods; machine number i gets the i-th /24 of it. Default 10.244.0.0/16. Settled for good. */
  podCidr?: string;
  /** Addresses of services. Default 10.96.0.0/12. Settled for good. */
  serviceCidr?: string;
  /**
   * How pods reach pods of other machines. `l2`: all machines are on one link, which carries pods' packets as they
   * are. `overlay`: machines only have a route to each other; flannel carries pods' packets in VXLAN, over UDP port
   * 8472. Default `l2`. Settled for good.
   */
  network?: PodNetwork;
  /** cgroup manager of kubelet; containerd's runc must use the same. Default `systemd`. */
  cgroupDriver?: CgroupDriver;
  /** Refuse machines where swap is on. Default true. */
  failSwapOn?: boolean;
  /** Whether pods of users also run on the control plane. Default true. Settled for good. */
  controlPlaneRunsPods?: boolean;
  /** False for machines that share a disk with others: no eviction by share of it, no image removal. Default true. */
  dedicatedDisk?: boolean;
  /** Where node binaries come from when a machine lacks them. Default: nothing is installed. */
  artifacts?: readonly NodeArtifact[];
  /** Images of the add-ons. Default: those of kubeadm of this version, and flannel's published one. */
  images?: Partial<AddonImages>;
  /**
   * Nameservers for names outside the cluster. Default: those of the machine that CoreDNS runs on, which must have
   * some; an empty list for machines without any.
   */
  upstreamDns?: readonly string[];
  /** Domains whose names lead to one name of the cluster. Default: none. */
  dnsRewrites?: readonly DnsRewrite[];
  /** How kube-proxy works. Default `nftables`. */
  proxyMode?: ProxyMode;
  /** Host that this program reaches the API server by. Default: the host that SSH dials. */
  apiHost?: pulumi.Input<string>;
  /** Hours that the join token of a new worker is good for. Default 24. */
  joinTokenHours?: number;
  /**
   * Seconds that the pods of a worker get to leave it before its machine leaves the cluster; what is still there then
   * stops the removal. Default 300.
   */
  drainSeconds?: number;
}

/** Arguments with every default filled in. */
export type Settings = Required<Omit<KubeadmClusterArgs, "apiHost" | "images">> &
  Pick<KubeadmClusterArgs, "apiHost"> & { images: AddonImages };

/** Fills in every default. */
export function withDefaults(args: KubeadmClusterArgs): Settings {
  const workers = args.workers ?? [];
  return {
    ...args,
    workers,
    kubernetesVersion: releaseTag(args.kubernetesVersion) ?? args.kubernetesVersion,
    podCidr: args.podCidr ?? DEFAULT_POD_CIDR,
    serviceCidr: args.serviceCidr ?? DEFAULT_SERVICE_CIDR,
    network: args.network ?? "l2",
    cgroupDriver: args.cgroupDriver ?? "systemd",
    failSwapOn: args.failSwapOn ?? true,
    controlPlaneRunsPods: args.controlPlaneRunsPods ?? true,
    dedicatedDisk: args.dedicatedDisk ?? true,
    artifacts: args.artifacts ?? [],
    images: { ...addonImages(args.kubernetesVersion), ...args.images },
    upstreamDns: args.upstreamDns ?? MACHINE_NAMESERVERS,
    dnsRewrites: args.dnsRewrites ?? [],
    proxyMode: args.proxyMode ?? "nftables",
    joinTokenHours: args.joinTokenHours ?? 24,
    drainSeconds: args.drainSeconds ?? 300,
  };
}
