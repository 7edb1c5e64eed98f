import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { API_PORT } from "../kubeadm-config";
import { SYSTEM } from "./system";

export interface FlannelSettings {
  image: string;
  podCidr: string;
  /** Keep its few rules in nftables; else in iptables, for which it insists on the kernel's br_netfilter. */
  nftables: boolean;
  /** Address of the API server that works before service addresses do. */
  apiAddress: pulumi.Input<string>;
}

/** Annotation of a node: the address that flannel sends from and is sent to, whichever interface has it. */
export const FLANNEL_ADDRESS = "flannel.alpha.coreos.com/node-public-ip";

const NAME = "kube-flannel";
const LABELS = { "k8s-app": NAME };

export interface FlannelManifests {
  account: types.input.core.v1.ServiceAccount;
  role: types.input.rbac.v1.ClusterRole;
  binding: types.input.rbac.v1.ClusterRoleBinding;
  config: types.input.core.v1.ConfigMap;
  daemonSet: types.input.apps.v1.DaemonSet;
}

/**
 * flannel with VXLAN, object by object. It only joins the machines' pod subnets: each node says its own, and pods'
 * links, addresses and masquerading are the node's business.
 */
export function flannelManifests(settings: FlannelSettings): FlannelManifests {
  const metadata = { name: NAME, namespace: SYSTEM, labels: LABELS };
  return {
    account: { apiVersion: "v1", kind: "ServiceAccount", metadata },
    role: {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: NAME },
      rules: [
        { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
        { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
      ],
    },
    binding: {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: NAME },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: NAME },
      subjects: [{ kind: "ServiceAccount", name: NAME, namespace: SYSTEM }],
    },
    config: { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "net-conf.json": netConf(settings) } },
    daemonSet: {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata,
      spec: {
        selector: { matchLabels: LABELS },
        updateStrategy: { type: "RollingUpdate" },
        template: { metadata: { labels: LABELS }, spec: podSpec(settings) },
      },
    },
  };
}

const netConf = ({ podCidr, nftables }: FlannelSettings): string =>
  JSON.stringify({ Network: podCidr, EnableNFTables: nftables, Backend: { Type: "vxlan" } });

const podSpec = ({ image, apiAddress }: FlannelSettings): types.input.core.v1.PodSpec => ({
  priorityClassName: "system-node-critical",
  serviceAccountName: NAME,
  hostNetwork: true,
  nodeSelector: { "kubernetes.io/os": "linux" },
  tolerations: [{ operator: "Exists" }],
  containers: [
    {
      name: NAME,
      image,
      imagePullPolicy: "IfNotPresent",
      command: ["/opt/bin/flanneld"],
      args: ["--kube-subnet-mgr", "--iptables-forward-rules=false"],
      env: [
        { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
        // The API server directly: service addresses of other machines need what is started here.
        { name: "KUBERNETES_SERVICE_HOST", value: apiAddress },
        { name: "KUBERNETES_SERVICE_PORT", value: String(API_PORT) },
      ],
      resources: { requests: { cpu: "100m", memory: "50Mi" } },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { add: ["NET_ADMIN", "NET_RAW"], drop: ["ALL"] },
        readOnlyRootFilesystem: true,
      },
      volumeMounts: [
        { name: "config", mountPath: "/etc/kube-flannel", readOnly: true },
        { name: "run", mountPath: "/run/flannel" },
        { name: "xtables-lock", mountPath: "/run/xtables.lock" },
      ],
    },
  ],
  volumes: [
    { name: "config", configMap: { name: NAME } },
    // What it writes there is for its own CNI plugin, which is not used.
    { name: "run", emptyDir: {} },
    { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
  ],
});
