import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { API_PORT } from "../kubeadm-config";
import { SYSTEM } from "./system";

/** Every name below a domain, answered as another name. */
export interface DnsRewrite {
  /** `ofn.io` */
  domain: string;
  /** Whole name of a Service. */
  to: string;
}

export interface CoreDnsSettings {
  /** Image name with tag. */
  image: string;
  /** Address of the DNS service, from the service network. */
  address: string;
  replicas: number;
  /** Nameservers, or a resolv.conf, for names outside the cluster; none: such names are not known. */
  upstreams: readonly string[];
  /** Domains whose names lead to one name of the cluster. Default: none. */
  rewrites?: readonly DnsRewrite[];
  /** Address of the API server that works before service addresses do. */
  apiAddress: pulumi.Input<string>;
}

const NAME = "coredns";
const LABELS = { "k8s-app": "kube-dns" };

/** Where names outside the cluster are asked for when a machine knows nameservers of its own. */
export const MACHINE_NAMESERVERS: readonly string[] = ["/etc/resolv.conf"];

/** CoreDNS refuses to start on a file without nameservers, so without upstreams there is no such part. */
const forward = (upstreams: readonly string[]): string =>
  upstreams.length === 0
    ? ""
    : `
    forward . ${upstreams.join(" ")} {
       max_concurrent 1000
    }`;

/** What CoreDNS matches names with, which end in a dot. */
export const namesBelow = (domain: string): string => `.*\\.${domain.replaceAll(".", "\\.")}\\.$`;

const rewritten = ({ domain, to }: DnsRewrite): string => `
    rewrite stop {
       name regex ${namesBelow(domain)} ${to}
       answer auto
    }`;

const corefile = ({ upstreams, rewrites = [] }: CoreDnsSettings): string => `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready${rewrites.map(rewritten).join("")}
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153${forward(upstreams)}
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`;

export interface CoreDnsManifests {
  account: types.input.core.v1.ServiceAccount;
  role: types.input.rbac.v1.ClusterRole;
  binding: types.input.rbac.v1.ClusterRoleBinding;
  config: types.input.core.v1.ConfigMap;
  service: types.input.core.v1.Service;
  deployment: types.input.apps.v1.Deployment;
}

/** CoreDNS as kubeadm's add-on has it, object by object. */
export function coreDnsManifests(settings: CoreDnsSettings): CoreDnsManifests {
  const metadata = { name: NAME, namespace: SYSTEM };
  const role = `system:${NAME}`;
  return {
    account: { apiVersion: "v1", kind: "ServiceAccount", metadata },
    role: {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: role },
      rules: [
        { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs: ["list", "watch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
      ],
    },
    binding: {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: role },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ kind: "ServiceAccount", name: NAME, namespace: SYSTEM }],
    },
    config: { apiVersion: "v1", kind: "ConfigMap", metadata, data: { Corefile: corefile(settings) } },
    service: {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "kube-dns",
        namespace: SYSTEM,
        labels: { ...LABELS, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
      },
      spec: {
        selector: LABELS,
        clusterIP: settings.address,
        ports: [
          { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
          { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
          { name: "metrics", port: 9153, protocol: "TCP", targetPort: 9153 },
        ],
      },
    },
    deployment: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...metadata, labels: LABELS },
      spec: {
        replicas: settings.replicas,
        selector: { matchLabels: LABELS },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
        template: { metadata: { labels: LABELS }, spec: podSpec(settings) },
      },
    },
  };
}

const podSpec = ({ image, apiAddress }: CoreDnsSettings): types.input.core.v1.PodSpec => ({
  priorityClassName: "system-cluster-critical",
  serviceAccountName: NAME,
  dnsPolicy: "Default",
  nodeSelector: { "kubernetes.io/os": "linux" },
  tolerations: [
    { key: "CriticalAddonsOnly", operator: "Exists" },
    { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
  ],
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: LABELS } },
        },
      ],
    },
  },
  containers: [
    {
      name: NAME,
      image,
      imagePullPolicy: "IfNotPresent",
      args: ["-conf", "/etc/coredns/Corefile"],
      // The API server directly: a connection tried before kube-proxy has its rules would hang for half a minute.
      env: [
        { name: "KUBERNETES_SERVICE_HOST", value: apiAddress },
        { name: "KUBERNETES_SERVICE_PORT", value: String(API_PORT) },
      ],
      resources: { limits: { memory: "170Mi" }, requests: { cpu: "100m", memory: "70Mi" } },
      ports: [
        { name: "dns", containerPort: 53, protocol: "UDP" },
        { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
        { name: "metrics", containerPort: 9153, protocol: "TCP" },
      ],
      livenessProbe: {
        httpGet: { path: "/health", port: 8080, scheme: "HTTP" },
        initialDelaySeconds: 60,
        timeoutSeconds: 5,
        failureThreshold: 5,
      },
      // Asked every second until it answers, so that the cluster is ready when DNS is.
      readinessProbe: {
        httpGet: { path: "/ready", port: 8181, scheme: "HTTP" },
        periodSeconds: 1,
        failureThreshold: 5,
      },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { add: ["NET_BIND_SERVICE"], drop: ["ALL"] },
        readOnlyRootFilesystem: true,
      },
      volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
    },
  ],
  volumes: [{ name: "config", configMap: { name: NAME, items: [{ key: "Corefile", path: "Corefile" }] } }],
});
