import { stringify } from "yaml";

/** Which cgroup manager kubelet and container runtime use. */
export type CgroupDriver = "systemd" | "cgroupfs";

/** What every node's kubelet is told. */
export interface KubeletSettings {
  cgroupDriver: CgroupDriver;
  /** Refuse to run where swap is on. */
  failSwapOn: boolean;
  /** False when the disk under the node belongs to something larger, which decides how full it may be. */
  dedicatedDisk: boolean;
}

export interface ControlPlaneSettings extends KubeletSettings {
  clusterName: string;
  nodeName: string;
  /** Address that the other machines reach the API server by. */
  address: string;
  /** More names and addresses that the API server's certificate is good for. */
  certificateNames: readonly string[];
  /** `v1.34.4`. */
  kubernetesVersion: string;
  podCidr: string;
  serviceCidr: string;
  /** Whether pods of users run there too. */
  runsPods: boolean;
}

export interface WorkerSettings {
  nodeName: string;
}

/** Where a joining worker finds the API server's address, CA and token; on a tmpfs, gone after the join. */
const DISCOVERY_FILE = "/run/ofwasm-join/discovery.conf";

const CRI_SOCKET = "unix:///run/containerd/containerd.sock";

/** Port of the API server. */
export const API_PORT = 6443;

const API = "kubeadm.k8s.io/v1beta4";

const documents = (...objects: object[]): string => objects.map((object) => stringify(object)).join("---\n");

/** Options of a control-plane component; a later one replaces what kubeadm would set. */
const extraArgs = (values: Readonly<Record<string, string>>): object => ({
  extraArgs: Object.entries(values).map(([name, value]) => ({ name, value })),
});

/** `kubeadm init --config`. */
export function initConfig(settings: ControlPlaneSettings): string {
  const { address, clusterName, nodeName, kubernetesVersion } = settings;
  // One control plane: nobody to elect against, and after a power cycle no 15 s until the old lease ends.
  const alone = { "leader-elect": "false" };
  return documents(
    {
      apiVersion: API,
      kind: "InitConfiguration",
      localAPIEndpoint: { advertiseAddress: address, bindPort: API_PORT },
      nodeRegistration: {
        name: nodeName,
        criSocket: CRI_SOCKET,
        imagePullPolicy: "IfNotPresent",
        ...(settings.runsPods ? { taints: [] } : {}),
      },
      // kubeadm insists on a token of its own; nobody uses it and it is good for a second.
      bootstrapTokens: [{ ttl: "1s", usages: ["authentication"], description: "unused" }],
    },
    {
      apiVersion: API,
      kind: "ClusterConfiguration",
      clusterName,
      kubernetesVersion,
      controlPlaneEndpoint: `${address}:${API_PORT}`,
      // Keys in a millisecond instead of half a second each.
      encryptionAlgorithm: "ECDSA-P256",
      networking: { podSubnet: settings.podCidr, serviceSubnet: settings.serviceCidr, dnsDomain: "cluster.local" },
      apiServer: { certSANs: [...new Set([address, ...settings.certificateNames])].sort() },
      controllerManager: extraArgs({
        ...alone,
        // A node's subnet follows from its machine and is declared with the node.
        "allocate-node-cidrs": "false",
        // Without the token cleaner: join tokens are declared objects. An expired one is refused all the same.
        controllers: "*,bootstrapsigner",
      }),
      scheduler: extraArgs(alone),
    },
    kubeletConfig(settings),
  );
}

/** Node-independent kubelet settings; kubeadm puts them into the cluster, where joining workers take them from. */
export function kubeletConfig(settings: KubeletSettings): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    cgroupDriver: settings.cgroupDriver,
    failSwapOn: settings.failSwapOn,
    serializeImagePulls: false,
    ...(settings.dedicatedDisk
      ? {}
      : {
          // Shares of a disk that others fill say nothing about this node, and its images may be on no registry.
          evictionHard: { "memory.available": "100Mi", "nodefs.available": "1Gi", "imagefs.available": "1Gi" },
          imageGCHighThresholdPercent: 100,
        }),
  };
}

/** `kubeadm join --config`. The script writes the discovery file, which holds the whole CA certificate. */
export function joinConfig({ nodeName }: WorkerSettings): string {
  return documents({
    apiVersion: API,
    kind: "JoinConfiguration",
    nodeRegistration: { name: nodeName, criSocket: CRI_SOCKET },
    discovery: { file: { kubeConfigPath: DISCOVERY_FILE } },
  });
}
