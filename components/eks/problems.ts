import type { InputPropertyErrorDetails } from "@pulumi/pulumi";
import { instanceTypeProblem, sourceProblem } from "../node-pool/aws/checks";
import type { EksClusterArgs, EksNodesArgs } from "./args";

type Problem = [propertyPath: string, reason: string | undefined | false];

const details = (problems: readonly Problem[]): InputPropertyErrorDetails[] =>
  problems.flatMap(([propertyPath, reason]) => (reason ? [{ propertyPath, reason }] : []));

/** Those that CloudWatch keeps logs for. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** GiB that the image's own volume has. */
const MIN_DISK_GIB = 20;

/** What is wrong with the ARN of a role or user, or nothing. */
export const principalProblem = (arn: string): string | undefined =>
  /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/.test(arn)
    ? undefined
    : `"${arn}": write the ARN of a role or a user, arn:aws:iam::123456789012:role/admin (not that of an assumed role)`;

/** What is wrong with an add-on's version, or nothing. */
export const addonVersionProblem = (version: string): string | undefined =>
  /^v\d+\.\d+\.\d+-eksbuild\.\d+$/.test(version)
    ? undefined
    : `"${version}": write a version as "aws eks describe-addon-versions" prints it, v1.21.1-eksbuild.1`;

/** What is wrong with a cluster's arguments, all of it. */
export function eksProblems(args: EksClusterArgs): InputPropertyErrorDetails[] {
  const { clusterName, kubernetesVersion, admins, publicAccessCidrs = [], addons, logDays = 90 } = args;
  return details([
    [
      "clusterName",
      !/^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/.test(clusterName) &&
        `"${clusterName}": 1 to 100 letters, digits and "-", not first`,
    ],
    [
      "kubernetesVersion",
      !/^1\.\d{2}$/.test(kubernetesVersion) && `"${kubernetesVersion}": write a minor release, 1.34`,
    ],
    ["admins", admins.length === 0 && "empty: name one at least, or nobody reaches what is in the cluster"],
    ...admins.map((arn): Problem => ["admins", principalProblem(arn)]),
    ["admins", new Set(admins).size < admins.length && "one of them is there twice"],
    ...publicAccessCidrs.map((cidr): Problem => ["publicAccessCidrs", sourceProblem(cidr)]),
    ...Object.entries(addons).map(([name, version]): Problem => [`addons.${name}`, addonVersionProblem(version)]),
    ["logDays", !LOG_DAYS.includes(logDays) && `${logDays}: one of ${LOG_DAYS.join(", ")}`],
  ]);
}

/** What is wrong with nodes' arguments, all of it. */
export function nodesProblems(args: EksNodesArgs): InputPropertyErrorDetails[] {
  const { payload, imageId, architecture, instanceTypes, count, diskGib = MIN_DISK_GIB } = args;
  const has = payload.manifest.architecture;
  return details([
    ["payload", has !== architecture && `is for ${has}, and the nodes are ${architecture}`],
    ["imageId", !/^ami-[0-9a-f]{8,17}$/.test(imageId) && `"${imageId}": write an AMI's id, ami-0123456789abcdef0`],
    ["instanceTypes", instanceTypes.length === 0 && "empty: name one at least"],
    ...instanceTypes.map((type): Problem => ["instanceTypes", instanceTypeProblem(type, architecture)]),
    ["count", !(Number.isInteger(count) && count >= 1 && count <= 450) && `${count}: a whole number from 1 to 450`],
    [
      "diskGib",
      !(Number.isInteger(diskGib) && diskGib >= MIN_DISK_GIB) && `${diskGib}: a whole number from ${MIN_DISK_GIB}`,
    ],
  ]);
}
