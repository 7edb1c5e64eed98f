import type { Lane } from "../../components/function";
import { overlaps, parseCidr } from "../../components/node-pool/network";
import type { Layer } from "../../components/platform";
import type { RuntimeBuild } from "../toolchain/payload/manifest";
import { parseHosts } from "./hosts";
import { cidr, flag, integer, type Mistake, oneOf, type Parser, text } from "./parse";
import { domain, existingLayers, listOf, platformMistakes, wantedLayers } from "./platform";
import { repository, type SampleRepository, sampleMistakes } from "./sample";

/** Everything a stack can be told, parsed and checked. `Pulumi.yaml` describes each key and its default. */
export interface Settings {
  /** Name in the registry of `stacks/`. Empty: the stack's own name. */
  composition: string;
  /** Whether losing this stack's machines, cluster or data would hurt. */
  production: boolean;
  nodes: number;
  functionsOnControlPlane: boolean;
  /** Absent: a free network is picked. */
  machineCidr?: string;
  podCidr: string;
  serviceCidr: string;
  /** How pods reach pods of other machines. */
  network: "l2" | "overlay";
  kubernetesVersion: string;
  crunVersion: string;
  wasmedgeVersion: string;
  runtimeBuild: RuntimeBuild;
  /** SHA-256 of the manifest of a payload in the mirror. Absent: the payload is made on this host. */
  payloadDigest?: string;
  /** A new value makes every machine be looked at, mended and proved again. Empty: never. */
  reconcile: string;
  /** Layers above the cluster that the stack makes, in their order. */
  platform: readonly Layer[];
  /** Layers that the cluster has from elsewhere. */
  platformExisting: readonly Layer[];
  /** Whether each part of the platform must run before the next is made. */
  platformAwait: "ready" | "none";
  /** Folder or URL with charts and downloads. Absent: their own addresses are asked. */
  mirror?: string;
  /** Registry with copies of the platform's images. Absent: their homes. */
  imageRegistry?: string;
  /** Domain that the names of functions end in. */
  functionDomain: string;
  /** How Envoy is reached from outside the cluster. */
  envoyService: "NodePort" | "LoadBalancer";
  /** Registries whose tags Knative does not ask for a digest. */
  registriesSkippingTagResolving: readonly string[];
  /** Folder with a copy of `samples/http-server` that is built in the cluster and served. Absent: built on this host. */
  sampleBuild?: string;
  /** Whether the step that builds images is privileged. */
  privilegedBuilds: boolean;
  /** Registry, and perhaps a folder in it, that images of functions are pushed to and pulled from. */
  imagePrefix?: string;
  /** Empty when not set. */
  registryUsername: string;
  /** Empty when not set. A secret. */
  registryPassword: string;
  sample: boolean;
  /** What serves the sample function http-server. */
  sampleLane: Lane;
  /** Repository that the sample is built from by Shipwright. Absent: its image is in the registry. */
  sampleRepository?: SampleRepository;
  /** Whether the sample `dapr-state` is served, with Dapr's sidecar beside it. */
  daprSample: boolean;
  sampleReplicas: number;
  functionPort: number;
  hosts: Host[];
  /** cgroup manager of kubelet and runc on the hosts. */
  cgroupDriver: "systemd" | "cgroupfs";
  /** False when the hosts share a disk with others: no pod is evicted, and no image removed, for lack of space on it. */
  dedicatedDisk: boolean;
  /** Empty when not set. A secret. */
  sshPrivateKey: string;
  sshAgent: boolean;
}

/** One machine that the user owns. */
export interface Host {
  name: string;
  /** Address or DNS name to dial. */
  address: string;
  /** IPv4 address that the other machines reach it by. */
  internalAddress: string;
  /** TCP port of sshd. */
  port: number;
  user: string;
  /** Public host key in authorized_keys form. */
  hostKey: string;
}

const version = text(/^\d+\.\d+(\.\d+)?$/, "a version such as 1.21 or 0.14.1");

/** With a dot or a port in the host: anything else is read as a folder of Docker Hub. */
const REGISTRY =
  /^(localhost|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+|[a-z0-9-]+(?=:\d))(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;

/** Empty counts as absent. */
const optional = <T>(parser: Parser<T>): Parser<T | undefined> => {
  return (raw) => (raw === "" ? { value: undefined } : parser(raw));
};

const parsers: { [K in keyof Required<Settings>]: Parser<Settings[K]> } = {
  composition: text(/^[a-z0-9-]*$/, "the name of a composition in stacks/registry.ts, or nothing"),
  production: flag,
  nodes: integer(1, 9),
  functionsOnControlPlane: flag,
  machineCidr: optional(cidr(16, 28)),
  podCidr: cidr(12, 20),
  serviceCidr: cidr(12, 24),
  network: oneOf("l2", "overlay"),
  kubernetesVersion: version,
  crunVersion: version,
  wasmedgeVersion: version,
  runtimeBuild: oneOf("payload", "node"),
  payloadDigest: optional(text(/^[0-9a-f]{64}$/, "64 hex digits, as npm run mirror -- sync prints them")),
  reconcile: text(/^[\w.:+-]{0,64}$/, "up to 64 letters, digits and . : + - _, such as a date"),
  platform: wantedLayers,
  platformExisting: existingLayers,
  platformAwait: oneOf("ready", "none"),
  mirror: optional(
    text(/^(https?:\/\/[^\s@?#]+|[^:]+)$/, "a folder, or a URL with http:// or https://, no password, no query"),
  ),
  imageRegistry: optional(text(REGISTRY, "a registry and perhaps a folder in it, registry.example.org:5000/mirror")),
  functionDomain: domain,
  envoyService: oneOf("NodePort", "LoadBalancer"),
  registriesSkippingTagResolving: listOf(/^[a-z0-9.-]+(:\d+)?$/, "registries by comma, each a host or host:port"),
  sampleBuild: optional(text(/^[^:]+$/, "a folder with a copy of samples/http-server")),
  privilegedBuilds: flag,
  imagePrefix: optional(text(REGISTRY, "a registry and perhaps a folder in it, registry.example.org/team")),
  registryUsername: text(/^[^\s:]*$/, "a user's name, without a colon"),
  registryPassword: text(/^[^\r\n]*$/, "one line"),
  sample: flag,
  sampleLane: oneOf("direct", "knative", "openfunction"),
  sampleRepository: optional(repository),
  daprSample: flag,
  sampleReplicas: integer(0, 100),
  functionPort: integer(30000, 32767),
  hosts: parseHosts,
  cgroupDriver: oneOf("systemd", "cgroupfs"),
  dedicatedDisk: flag,
  sshPrivateKey: text(/^($|-----BEGIN )/, "a private key in PEM or OpenSSH form"),
  sshAgent: flag,
};

/** Keys that hold secrets: their values are never repeated in a message. */
export const secretKeys: readonly string[] = ["sshPrivateKey", "registryPassword"];

/** Every key, in the order of `Pulumi.yaml`. */
export const settingKeys = Object.keys(parsers);

/**
 * Parses raw configuration, `key` without the project's prefix to text as Pulumi keeps it.
 *
 * @throws SettingsError with every mistake at once: unknown key, missing value, value out of range, two
 * values that cannot stand together.
 */
export function parseSettings(raw: Readonly<Record<string, string>>): Settings {
  const mistakes: Mistake[] = unknownKeys(raw);
  const parsed: Partial<Record<keyof Settings, unknown>> = {};
  for (const key of settingKeys as (keyof Settings)[]) {
    const value = raw[key];
    if (value === undefined) {
      mistakes.push({ key, value: "(not set)", allowed: "a value; Pulumi.yaml has the default" });
      continue;
    }
    const result = parsers[key](value);
    if ("value" in result) parsed[key] = result.value;
    else mistakes.push({ key, value: secretKeys.includes(key) ? "(secret)" : value, allowed: result.allowed });
  }
  if (mistakes.length > 0) throw new SettingsError(mistakes);
  const settings = parsed as Settings;
  const conflicts = conflictsOf(settings);
  if (conflicts.length > 0) throw new SettingsError(conflicts);
  return settings;
}

function unknownKeys(raw: Readonly<Record<string, string>>): Mistake[] {
  return Object.keys(raw)
    .filter((key) => !settingKeys.includes(key))
    .map((key) => ({ key, value: "(unknown key)", allowed: `one of ${settingKeys.join(", ")}` }));
}

function conflictsOf(settings: Settings): Mistake[] {
  const mistakes: Mistake[] = [];
  const networks = (["machineCidr", "podCidr", "serviceCidr"] as const).flatMap((key) => {
    const network = settings[key];
    return network ? [{ key, text: network, network: parseCidr(network) }] : [];
  });
  networks.forEach((one, index) => {
    for (const other of networks.slice(index + 1)) {
      if (overlaps(one.network, other.network)) {
        mistakes.push({
          key: other.key,
          value: other.text,
          allowed: `a network apart from ${one.key} ${one.text}`,
        });
      }
    }
  });
  if (settings.nodes === 1 && !settings.functionsOnControlPlane && settings.hosts.length < 2) {
    mistakes.push({
      key: "functionsOnControlPlane",
      value: "false",
      allowed: "true, or nodes of 2 and more: functions need a machine to run on",
    });
  }
  if (settings.payloadDigest !== undefined && settings.mirror === undefined) {
    mistakes.push({
      key: "payloadDigest",
      value: settings.payloadDigest,
      allowed: "nothing without mirror, which names the folder or URL that has the payload",
    });
  }
  mistakes.push(...platformMistakes(settings.platform, settings.platformExisting), ...sampleMistakes(settings));
  if (settings.sshPrivateKey !== "" && settings.sshAgent) {
    mistakes.push({ key: "sshAgent", value: "true", allowed: "false when sshPrivateKey is set" });
  }
  return mistakes;
}

/** All mistakes of a configuration in one message. */
export class SettingsError extends Error {
  constructor(readonly mistakes: readonly Mistake[]) {
    const lines = mistakes.map(({ key, value, allowed }) => `  ${key} = ${value}: allowed is ${allowed}`);
    super(
      `${mistakes.length === 1 ? "one setting is" : `${mistakes.length} settings are`} wrong:\n${lines.join("\n")}`,
    );
    this.name = "SettingsError";
  }
}
