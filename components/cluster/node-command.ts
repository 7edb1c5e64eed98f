import { join } from "node:path";
import { remote } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../node-pool/machine";
import { type RemoteScriptArgs, remoteScript } from "../remote";
import { nodePodCidr } from "./addresses";
import { renderArtifacts } from "./artifacts";
import type { Settings } from "./kubeadm-args";

const SCRIPTS = join(__dirname, "scripts");

/** Scripts bring their own deadlines per step; this one only ends what hangs beyond them. */
const TIMEOUTS = { create: "20m", update: "20m", delete: "10m" };

export interface NodeCommandArgs {
  machine: Machine;
  role: "control-plane" | "worker";
  /** What machines know the cluster by. */
  clusterId: pulumi.Input<string>;
  settings: Settings;
  /** What this role's script reads beside what every node gets. */
  inputs: Record<string, pulumi.Input<string>>;
  secrets?: RemoteScriptArgs["secrets"];
}

/** The one command that makes a machine a node of the cluster, and gives it back when it is deleted. */
export function nodeCommand(name: string, args: NodeCommandArgs, opts: pulumi.CustomResourceOptions): remote.Command {
  const { machine, role, inputs, secrets } = args;
  const script = remoteScript({
    login: machine,
    file: join(SCRIPTS, `${role}.sh`),
    inputs: { ...nodeInputs(args), ...inputs },
    ...(secrets === undefined ? {} : { secrets }),
    down: "down",
  });
  return new remote.Command(
    name,
    {
      ...script,
      logging: remote.Logging.None,
      addPreviousOutputInEnv: false,
    },
    { ...opts, ...onMachine(machine, opts.dependsOn as pulumi.Resource[] | undefined) },
  );
}

/** Script inputs that every node gets. */
function nodeInputs({ machine, role, clusterId, settings }: NodeCommandArgs): Record<string, pulumi.Input<string>> {
  return {
    cluster_id: clusterId,
    cluster_name: settings.clusterName,
    role,
    node_name: machine.name,
    address: machine.address,
    kubernetes_version: settings.kubernetesVersion,
    pod_cidr: settings.podCidr,
    node_pod_cidr: nodePodCidr(settings.podCidr, machine.index),
    service_cidr: settings.serviceCidr,
    network: settings.network,
    cgroup_driver: settings.cgroupDriver,
    fail_swap_on: String(settings.failSwapOn),
    ...renderArtifacts(settings.artifacts),
  };
}

/**
 * Options of a command on a machine; a new machine needs it again, and a machine that goes needs no clean-up. Deleting
 * first would ask for one over a connection that may be the old machine's. The price: replaced alone, without its
 * machine, a command would undo itself.
 */
function onMachine(machine: Machine, dependsOn: readonly pulumi.Resource[] = []): pulumi.CustomResourceOptions {
  return {
    dependsOn: [...machine.ready, ...dependsOn],
    customTimeouts: TIMEOUTS,
    ...(machine.resource === undefined
      ? { deleteBeforeReplace: true }
      : { deletedWith: machine.resource, replaceWith: [machine.resource] }),
  };
}
