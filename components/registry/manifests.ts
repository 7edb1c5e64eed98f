import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject } from "../manifests";
import { CONFINED } from "../manifests/confined";

/** Where Kubernetes keeps files for a pod: one of its volume sources. */
export type VolumeSource = Omit<k8s.types.input.core.v1.Volume, "name">;

export interface RegistrySpec {
  name: string;
  namespace: string;
  /** An image with docker-registry 2.8 and mkpasswd. */
  image: string;
  login: { username: string; password: pulumi.Input<string> };
  /**
   * Kubernetes' volume source for what is pushed, such as `{ persistentVolumeClaim: { claimName } }`. Default
   * `{ emptyDir: {} }`: it outlives the container and the machine's boots, and is gone with the pod.
   */
  storage?: pulumi.Input<VolumeSource>;
  /** Images that have repositories in `/contents`, which are there before anything is pushed. Default: none. */
  filledFrom?: readonly string[];
  /** Labels of the node that it runs on. Default: any node. */
  nodeSelector?: Readonly<Record<string, string>>;
}

/** What a registry consists of. */
export interface RegistryObjects {
  secret: KubernetesObject;
  deployment: KubernetesObject;
  service: KubernetesObject;
}

const PORT = 5000;

/** Anyone but root; the registry needs no account. */
const USER = 65532;

const PLACES = {
  credentials: "/run/credentials",
  list: "/run/registry/htpasswd",
  storage: "/var/lib/docker-registry",
  contents: "/contents",
  configuration: "/etc/docker/registry/config.yml",
} as const;

/** What stands before the first slash of its images' names: its name in the cluster and its port. */
export const registryHost = ({ name, namespace }: Pick<RegistrySpec, "name" | "namespace">): string =>
  `${name}.${namespace}.svc.cluster.local:${PORT}`;

/**
 * A registry in the cluster, over plain HTTP, that answers nobody without a password: Secret, Deployment and Service.
 * It runs where Pod Security enforces `restricted`.
 */
export function registryObjects(spec: RegistrySpec): RegistryObjects {
  const { name, namespace, login } = spec;
  const labels = { "app.kubernetes.io/name": name };
  const metadata = { name, namespace, labels };
  return {
    secret: { apiVersion: "v1", kind: "Secret", metadata, type: "kubernetes.io/basic-auth", stringData: { ...login } },
    deployment: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        // Two at once would not share what is pushed.
        strategy: { type: "Recreate" },
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(spec) },
      },
    },
    service: {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: labels, ports: [{ name: "registry", port: PORT, targetPort: PORT, protocol: "TCP" }] },
    },
  };
}

function podSpec({ name, image, storage = { emptyDir: {} }, filledFrom = [], nodeSelector }: RegistrySpec): object {
  const script = readFileSync(join(__dirname, "scripts", "serve.sh"), "utf8");
  const { credentials, list, configuration } = PLACES;
  return {
    enableServiceLinks: false,
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 5,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(nodeSelector === undefined ? {} : { nodeSelector: { ...nodeSelector } }),
    ...(filledFrom.length === 0 ? {} : { initContainers: filledFrom.map(filling) }),
    containers: [
      {
        name: "registry",
        image,
        command: ["/bin/sh", "-c", script, "serve", credentials, list, configuration],
        env: [
          { name: "REGISTRY_AUTH_HTPASSWD_PATH", value: list },
          { name: "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", value: PLACES.storage },
        ],
        ports: [{ containerPort: PORT, protocol: "TCP" }],
        // Its first page is the only one that needs no password.
        readinessProbe: { httpGet: { path: "/", port: PORT }, periodSeconds: 1 },
        resources: { requests: { cpu: "50m", memory: "32Mi" }, limits: { memory: "256Mi" } },
        securityContext: CONFINED,
        volumeMounts: [
          { name: "credentials", mountPath: credentials, readOnly: true },
          { name: "list", mountPath: list.replace(/\/[^/]*$/, "") },
          { name: "storage", mountPath: PLACES.storage },
        ],
      },
    ],
    volumes: [
      { name: "credentials", secret: { secretName: name, defaultMode: 0o440 } },
      { name: "list", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      pulumi.Output.isInstance(storage) || storage instanceof Promise
        ? pulumi.output(storage).apply((known) => ({ name: "storage", ...known }))
        : { name: "storage", ...storage },
    ],
  };
}

/** Puts the repositories of an image into the registry's storage. */
const filling = (image: string, index: number): object => ({
  name: `contents-${index}`,
  image,
  command: ["/usr/bin/cp", "-r", `${PLACES.contents}/.`, PLACES.storage],
  resources: { requests: { cpu: "50m", memory: "32Mi" }, limits: { memory: "256Mi" } },
  securityContext: CONFINED,
  volumeMounts: [{ name: "storage", mountPath: PLACES.storage }],
});

/**
 * `hosts.toml` by which a machine's containerd finds a registry whose name only the cluster's DNS knows; its place is
 * `certs.d/<host>/hosts.toml`, and containerd reads it at each pull.
 *
 * @param address of the registry's Service, which machines of the cluster reach as pods do
 */
export function registryHostsToml(host: string, address: string): string {
  const place = `http://${address}:${host.split(":")[1] ?? 80}`;
  return `server = "http://${host}"\n\n[host."${place}"]\n  capabilities = ["pull", "resolve"]\n`;
}
