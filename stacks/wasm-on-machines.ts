import * as pulumi from "@pulumi/pulumi";
import { KubeadmCluster, type KubeadmClusterArgs } from "../components/cluster";
import type { Machine, NodePool } from "../components/node-pool";
import type { CompositionContext } from "./composition";

/** What differs between kinds of machines. */
export type MachineTraits = Pick<KubeadmClusterArgs, "cgroupDriver" | "failSwapOn" | "dedicatedDisk" | "artifacts">;

/** From machines to functions: what every pool of machines is used for. */
export function wasmOnMachines(
  { stack, settings, artifacts }: CompositionContext,
  pool: NodePool,
  traits: MachineTraits,
): Record<string, unknown> {
  const machines = pool.machines;
  const [controlPlane, ...workers] = machines as [Machine, ...Machine[]];
  const cluster = new KubeadmCluster(stack, {
    clusterName: stack,
    controlPlane,
    workers,
    kubernetesVersion: settings.kubernetesVersion,
    podCidr: settings.podCidr,
    serviceCidr: settings.serviceCidr,
    controlPlaneRunsPods: settings.functionsOnControlPlane,
    ...traits,
  });
  return { kubeconfig: cluster.kubeconfig, machines: machines.map(({ name, address }) => ({ name, address })) };
}
