import type * as pulumi from "@pulumi/pulumi";
import type { AwsNetwork } from "../../aws-network";
import { driverProblem } from "../keys";
import { machineNameProblem } from "../names";
import { type AwsArchitecture, instanceTypeProblem } from "./architecture";
import { imageProblem, type PinnedImage } from "./image-name";
import { sourceProblem } from "./sources";

/** One machine of a pool. */
export interface AwsMachineArgs {
  /** `m7i.large`, of the pool's architecture. Another type stops the machine, changes it and starts it again. */
  instanceType: string;
  /**
   * Take spare capacity for a part of the price. AWS may terminate the machine with two minutes' notice; after a refresh
   * the next update makes another. Not for a control plane. Default false. Another value makes it anew.
   */
  spot?: boolean;
  /** Refuse to terminate the machine through AWS's API until this is false again; EC2 takes no such spot machine. Default false. */
  terminationProtection?: boolean;
}

/** How SSH reaches the machines, none of which has a public address. */
export interface AwsSshAccess {
  /**
   * `bastion`: through a small machine with a public address. `direct`: the program runs in the network or in one that
   * is joined to it. The ways of Systems Manager are for people: an SSH client of a plugin runs no proxy command.
   */
  way: "bastion" | "direct";
  /** Networks that SSH may come from, one or more and not the whole internet. */
  sourceCidrs: readonly string[];
  /** Of the bastion. Default t4g.nano or t3.nano, by the pool's architecture. */
  instanceType?: string;
}

export interface AwsNodePoolArgs {
  network: Pick<AwsNetwork, "vpcId" | "publicSubnetIds" | "privateSubnetIds" | "ready">;
  /** Machines, one or more; a plain list, because it decides which resources exist. They take turns in the zones. */
  machines: readonly AwsMachineArgs[];
  /** Processors of all of them. */
  architecture: AwsArchitecture;
  /** What machines are born from; one that is there keeps the image it has. */
  image: PinnedImage;
  ssh: AwsSshAccess;
  /** GiB of each machine's disk, 8 or more. Default 30. A larger one grows the volume. */
  diskGib?: number;
  /** KMS key that encrypts the disks. Default: the account's own for EBS. */
  kmsKeyId?: pulumi.Input<string>;
  /** More security groups of each machine, for what its functions are asked by or ask. Default none. */
  securityGroupIds?: readonly pulumi.Input<string>[];
  /** Tags of everything made. Default none. */
  tags?: Readonly<Record<string, string>>;
  /** Command on PATH whose `keys` prints a new key pair. Default `ofwasm-machine`. */
  driver?: string;
}

/** GiB that a system and containerd's images need at least. */
const MIN_DISK_GIB = 8;

/** What is wrong with a pool's arguments, all of it. */
export function awsPoolProblems(name: string, args: AwsNodePoolArgs): pulumi.InputPropertyErrorDetails[] {
  const { machines, architecture, image, ssh, diskGib = MIN_DISK_GIB } = args;
  const problems: [string, string | undefined | false][] = [
    ["name", machineNameProblem(`${name}-${machines.length}`)],
    ["machines", machines.length === 0 && "empty: give at least one machine"],
    ...machines.map((machine, index): [string, string | undefined] => [
      `machines[${index}].instanceType`,
      instanceTypeProblem(machine.instanceType, architecture),
    ]),
    ...machines.map(({ spot, terminationProtection }, index): [string, string | false | undefined] => [
      `machines[${index}].terminationProtection`,
      spot && terminationProtection && "true: EC2 refuses it for a spot machine; leave one of the two out",
    ]),
    ["image", imageProblem(image)],
    [
      "diskGib",
      !(Number.isInteger(diskGib) && diskGib >= MIN_DISK_GIB) && `${diskGib}: a whole number from ${MIN_DISK_GIB}`,
    ],
    ["ssh.sourceCidrs", ssh.sourceCidrs.length === 0 && "empty: give the networks that SSH may come from"],
    ...ssh.sourceCidrs.map((cidr): [string, string | undefined] => ["ssh.sourceCidrs", sourceProblem(cidr)]),
    ["ssh.instanceType", ssh.instanceType !== undefined && instanceTypeProblem(ssh.instanceType, architecture)],
    ["ssh.way", bastionProblem(args)],
    ["driver", driverProblem(args.driver)],
  ];
  return problems.flatMap(([propertyPath, reason]) => (reason ? [{ propertyPath, reason }] : []));
}

const bastionProblem = ({ ssh, network }: AwsNodePoolArgs): string | undefined =>
  ssh.way === "bastion" && network.publicSubnetIds.length === 0
    ? "bastion: the network has no public subnet for it; give one, or take the way direct"
    : undefined;
