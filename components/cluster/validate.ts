import type { InputPropertyErrorDetails } from "@pulumi/pulumi";
import { overlaps, parseCidr } from "../node-pool/network";
import { nodeCapacity } from "./addresses";
import { artifactProblems } from "./artifacts";
import type { Settings } from "./kubeadm-args";
import { versionProblem } from "./versions";

type Checked = Pick<
  Settings,
  | "clusterName"
  | "controlPlane"
  | "workers"
  | "kubernetesVersion"
  | "podCidr"
  | "serviceCidr"
  | "artifacts"
  | "joinTokenHours"
  | "drainSeconds"
>;

/** What is wrong with a cluster's arguments, all of it. */
export function clusterProblems(settings: Checked): InputPropertyErrorDetails[] {
  const problems: [string, string | undefined][] = [
    ["clusterName", nameProblem(settings.clusterName)],
    ["kubernetesVersion", versionProblem(settings.kubernetesVersion)],
    ["podCidr", cidrProblem(settings.podCidr)],
    ["serviceCidr", cidrProblem(settings.serviceCidr)],
    ["podCidr", overlapProblem(settings)],
    ["workers", machinesProblem(settings)],
    ["joinTokenHours", settings.joinTokenHours > 0 ? undefined : `${settings.joinTokenHours}: more than 0 hours`],
    ["drainSeconds", settings.drainSeconds > 0 ? undefined : `${settings.drainSeconds}: more than 0 seconds`],
    ...artifactProblems(settings.artifacts).map((reason): [string, string] => ["artifacts", reason]),
  ];
  return problems.flatMap(([propertyPath, reason]) => (reason === undefined ? [] : [{ propertyPath, reason }]));
}

const nameProblem = (name: string): string | undefined =>
  /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(name)
    ? undefined
    : `"${name}": 1 to 63 of a-z, 0-9, "-" and ".", not at the ends`;

function cidrProblem(cidr: string): string | undefined {
  try {
    parseCidr(cidr);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function overlapProblem({ podCidr, serviceCidr }: Checked): string | undefined {
  if (cidrProblem(podCidr) ?? cidrProblem(serviceCidr)) return undefined;
  return overlaps(parseCidr(podCidr), parseCidr(serviceCidr))
    ? `${podCidr} and serviceCidr ${serviceCidr} share addresses; choose networks apart`
    : undefined;
}

function machinesProblem({ controlPlane, workers, podCidr }: Checked): string | undefined {
  const machines = [controlPlane, ...workers];
  const twice = (values: readonly (string | number)[]) => values.find((value, at) => values.indexOf(value) !== at);
  const name = twice(machines.map((machine) => machine.name));
  if (name !== undefined) return `machine "${name}" is there twice; a machine is one node`;
  const index = twice(machines.map((machine) => machine.index));
  if (index !== undefined) return `machine number ${index} is there twice; it decides the pod subnet of its machine`;
  if (cidrProblem(podCidr)) return undefined;
  const largest = Math.max(...machines.map((machine) => machine.index));
  return largest < nodeCapacity(podCidr)
    ? undefined
    : `machine number ${largest}: podCidr ${podCidr} has a /24 for ${nodeCapacity(podCidr)} machines; take a larger network`;
}
