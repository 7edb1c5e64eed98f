import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { API_PORT } from "../kubeadm-config";
import { SYSTEM } from "./system";

/** How service addresses are translated in the kernel. */
export type ProxyMode = "nftables" | "iptables";

export interface KubeProxySettings {
  image: string;
  mode: ProxyMode;
  podCidr: string;
  /** What `proxyKubeconfig` makes. */
  kubeconfig: pulumi.Input<string>;
}

const NAME = "kube-proxy";
const LABELS = { "k8s-app": NAME };

const proxyConfig = ({ mode, podCidr }: KubeProxySettings): object => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  mode,
  clusterCIDR: podCidr,
  detectLocalMode: "ClusterCIDR",
  // The default of a second is as long as a function's pod goes on serving after it has left its Service.
  [mode]: { minSyncPeriod: "100ms" },
  clientConnection: { kubeconfig: "/var/lib/kube-proxy/kubeconfig.conf" },
  // The kernel's connection table is the host's; zero leaves its limits as they are.
  conntrack: { maxPerCore: 0, min: 0, tcpCloseWaitTimeout: "0s", tcpEstablishedTimeout: "0s" },
});

/**
 * The kubeconfig of kube-proxy: its service account's token.
 *
 * @param apiAddress address of the API server that works before service addresses do
 */
export const proxyKubeconfig = (apiAddress: string): string =>
  stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "default",
        cluster: {
          "certificate-authority": "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
          server: `https://${apiAddress}:${API_PORT}`,
        },
      },
    ],
    users: [{ name: "default", user: { tokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token" } }],
    contexts: [{ name: "default", context: { cluster: "default", user: "default", namespace: "default" } }],
    "current-context": "default",
  });

export interface KubeProxyManifests {
  account: types.input.core.v1.ServiceAccount;
  binding: types.input.rbac.v1.ClusterRoleBinding;
  config: types.input.core.v1.ConfigMap;
  daemonSet: types.input.apps.v1.DaemonSet;
}

/** kube-proxy as kubeadm's add-on has it, object by object. */
export function kubeProxyManifests(settings: KubeProxySettings): KubeProxyManifests {
  const metadata = { name: NAME, namespace: SYSTEM, labels: LABELS };
  return {
    account: { apiVersion: "v1", kind: "ServiceAccount", metadata },
    binding: {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "kubeadm:node-proxier" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:node-proxier" },
      subjects: [{ kind: "ServiceAccount", name: NAME, namespace: SYSTEM }],
    },
    config: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { "config.conf": stringify(proxyConfig(settings)), "kubeconfig.conf": settings.kubeconfig },
    },
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

const podSpec = ({ image }: KubeProxySettings): types.input.core.v1.PodSpec => ({
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
      command: [
        "/usr/local/bin/kube-proxy",
        "--config=/var/lib/kube-proxy/config.conf",
        "--hostname-override=$(NODE_NAME)",
      ],
      env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
      securityContext: { privileged: true },
      volumeMounts: [
        { name: "config", mountPath: "/var/lib/kube-proxy" },
        { name: "xtables-lock", mountPath: "/run/xtables.lock" },
        { name: "modules", mountPath: "/lib/modules", readOnly: true },
      ],
    },
  ],
  volumes: [
    { name: "config", configMap: { name: NAME } },
    { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
    { name: "modules", hostPath: { path: "/lib/modules", type: "DirectoryOrCreate" } },
  ],
});
