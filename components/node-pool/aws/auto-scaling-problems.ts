import type { InputPropertyErrorDetails } from "@pulumi/pulumi";
import { machineNameProblem } from "../names";
import { instanceTypeProblem } from "./architecture";
import type { AwsAutoScalingPoolArgs } from "./auto-scaling-pool";
import { imageProblem } from "./image-name";

const whole = (value: number, from: number, to: number): string | undefined =>
  Number.isInteger(value) && value >= from && value <= to
    ? undefined
    : `${value}: a whole number from ${from} to ${to}`;

/** Most machines that one group of this component has; a pod network of a /16 has a /24 for 256. */
const MOST = 250;

/** AWS keeps a machine that has not answered for at most two hours. */
const LONGEST_LAUNCH = 7200;

/** What is wrong with a group's arguments, all of it. */
export function autoScalingProblems(name: string, args: AwsAutoScalingPoolArgs): InputPropertyErrorDetails[] {
  const { minSize, maxSize, instanceTypes, architecture, image, securityGroupIds } = args;
  const { onDemandBase = 0, onDemandPercent = 100, launchSeconds = LONGEST_LAUNCH } = args;
  const problems: [string, string | undefined | false][] = [
    ["name", machineNameProblem(name)],
    ["minSize", whole(minSize, 0, MOST)],
    ["maxSize", whole(maxSize, Math.max(1, minSize || 0), MOST)],
    ["instanceTypes", instanceTypes.length === 0 && "empty: give one or more"],
    ...instanceTypes.map((type): [string, string | undefined] => [
      "instanceTypes",
      instanceTypeProblem(type, architecture),
    ]),
    ["image", imageProblem(image)],
    ["securityGroupIds", securityGroupIds.length === 0 && "empty: the VPC's default group lets nothing through"],
    ["onDemandBase", whole(onDemandBase, 0, MOST)],
    ["onDemandPercent", whole(onDemandPercent, 0, 100)],
    ["launchSeconds", whole(launchSeconds, 60, LONGEST_LAUNCH)],
  ];
  return problems.flatMap(([propertyPath, reason]) => (reason ? [{ propertyPath, reason }] : []));
}
