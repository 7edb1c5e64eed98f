import * as pulumi from "@pulumi/pulumi";
import {
  type Cluster,
  type DnsRewrite,
  inCluster,
  KubeadmCluster,
  type KubeadmClusterArgs,
} from "../components/cluster";
import { NodeImage } from "../components/node-images";
import type { Machine, NodePool } from "../components/node-pool";
import { NodeRuntime } from "../components/node-runtime";
import { BUILDAH_IMAGE, FUNCTION_GATEWAY, Platform } from "../components/platform";
import { WasmRuntime } from "../components/wasm-runtime";
import { containerdLines } from "../infra/compatibility";
import { knownImage } from "../infra/images";
import type { Settings } from "../infra/settings";
import type { CompositionContext } from "./composition";
import { sampleFunctions } from "./sample-functions";

/** What differs between kinds of machines. */
export type MachineTraits = Pick<
  KubeadmClusterArgs,
  "cgroupDriver" | "failSwapOn" | "dedicatedDisk" | "artifacts" | "upstreamDns" | "apiHost"
> & {
  /** Image with curl that machines have or can pull: the sample is asked with it. Absent: it is not asked. */
  httpClient?: string;
};

/** A machine with the runtime on it. */
export interface WasmMachine extends Machine {
  runtime: NodeRuntime;
}

/** From machines to functions: what every pool of machines is used for. */
export function wasmOnMachines(
  context: CompositionContext,
  pool: NodePool,
  traits: MachineTraits,
): Record<string, unknown> {
  const machines = pool.machines.map((machine) => withFlannel(withRuntime(machine, context, traits), context));
  const cluster = clusterOf(machines, context, traits);
  const wasm = wasmRuntime(machines, cluster, context);
  const platform = functionPlatform(cluster, context);
  const functions = sampleFunctions(machines, cluster, wasm, platform?.ready ?? [], context, traits);
  return {
    kubeconfig: cluster.kubeconfig,
    machines: machines.map(machineOutput),
    functions,
    ...(platform === undefined ? {} : { platform: { workloads: platform.workloads, withheld: platform.withheld } }),
  };
}

/** Containerd is restarted with the runtime, so that comes before the machine becomes a node. */
function withRuntime(machine: Machine, { artifacts }: CompositionContext, traits: MachineTraits): WasmMachine {
  const runtime = new NodeRuntime(`${machine.name}-runtime`, {
    machine,
    payload: artifacts.payload!,
    containerdVersions: containerdLines,
    cgroupDriver: traits.cgroupDriver ?? "systemd",
  });
  return { ...machine, ready: [...machine.ready, runtime.proved] as pulumi.Resource[], runtime };
}

/** Before the machine joins, which waits for flannel. Machines that can pull images get none here. */
function withFlannel(machine: WasmMachine, { artifacts }: CompositionContext): WasmMachine {
  const { flannel } = artifacts;
  if (!flannel) return machine;
  const image = new NodeImage(`${machine.name}-flannel`, { machine, ...flannel });
  return { ...machine, ready: [...(machine.ready as pulumi.Resource[]), image.present] };
}

function clusterOf(
  machines: WasmMachine[],
  { stack, settings, artifacts }: CompositionContext,
  traits: MachineTraits,
): Cluster {
  const [controlPlane, ...workers] = machines as [WasmMachine, ...WasmMachine[]];
  const { httpClient: _, ...kubeadm } = traits;
  return new KubeadmCluster(`${stack}-cluster`, {
    clusterName: stack,
    controlPlane,
    workers,
    kubernetesVersion: settings.kubernetesVersion,
    podCidr: settings.podCidr,
    serviceCidr: settings.serviceCidr,
    network: settings.network,
    ...(artifacts.flannel === undefined ? {} : { images: { flannel: artifacts.flannel.reference } }),
    controlPlaneRunsPods: settings.functionsOnControlPlane,
    dnsRewrites: dnsRewrites(settings),
    ...kubeadm,
  });
}

function wasmRuntime(machines: WasmMachine[], cluster: Cluster, { stack }: CompositionContext): WasmRuntime {
  const nodes = machines.map(({ name, runtime }) => ({
    name,
    proof: {
      crun: runtime.versions.crun,
      wasmedge: runtime.versions.wasmedge,
      containerd: runtime.versions.containerd,
      payload: runtime.payloadDigest,
      provedAt: runtime.provedAt,
    },
    dependsOn: [cluster.joined[name]!],
  }));
  return new WasmRuntime(`${stack}-wasm`, { nodes }, inCluster(cluster));
}

/** The layers above a cluster that the settings ask for. */
export function functionPlatform(
  cluster: Cluster,
  { stack, settings, artifacts }: CompositionContext,
): Platform | undefined {
  if (!artifacts.charts) return undefined;
  const { functionDomain, registriesSkippingTagResolving, privilegedBuilds, imageRegistry } = settings;
  return new Platform(
    `${stack}-platform`,
    {
      layers: settings.platform,
      existing: settings.platformExisting,
      objects: artifacts.charts,
      strategy: { privileged: privilegedBuilds, image: knownImage(BUILDAH_IMAGE, imageRegistry) },
      serving: { domain: functionDomain, registriesSkippingTagResolving },
      envoyService: settings.envoyService,
      await: settings.platformAwait,
      kubeconfig: cluster.kubeconfig,
    },
    { ...inCluster(cluster), dependsOn: [...cluster.ready] },
  );
}

/** Names of functions lead to OpenFunction's gateway in the cluster too. */
const dnsRewrites = ({ platform, platformExisting, functionDomain }: Settings): DnsRewrite[] =>
  [...platform, ...platformExisting].includes("openfunction") ? [{ domain: functionDomain, to: FUNCTION_GATEWAY }] : [];

const machineOutput = ({ name, address, connection, runtime }: WasmMachine) => ({
  name,
  address,
  port: pulumi.unsecret(pulumi.output(connection)).apply(({ port }) => port ?? 22),
  versions: runtime.versions,
  provedAt: runtime.provedAt,
  milliseconds: runtime.result.milliseconds,
});
