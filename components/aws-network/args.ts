import type { Input, InputPropertyErrorDetails } from "@pulumi/pulumi";
import { vpcCidrProblem } from "./subnets";
import { zoneProblems } from "./zones";

/** A network that somebody else made and keeps. */
export interface ExistingAwsNetwork {
  vpcId: Input<string>;
  /** Subnets with a route to an internet gateway. May be empty when nothing is reached from outside. */
  publicSubnetIds: readonly Input<string>[];
  /** Subnets whose machines reach the internet through a NAT gateway or a mirror; two or more, of different zones. */
  privateSubnetIds: readonly Input<string>[];
}

export interface AwsNetworkArgs {
  /** Addresses of the VPC, a /16 to a /22. Default 10.0.0.0/16. Settled for good. Not for an existing network. */
  cidr?: Input<string>;
  /**
   * Names of zones, two or more, all of one region: `eu-central-1a`. A plain list, because it decides which resources
   * exist. A zone more or less, or another order, changes nothing of the others but the place of the one NAT gateway.
   * Ignored with `existing`.
   */
  zones: readonly string[];
  /** Use this network and make none. */
  existing?: ExistingAwsNetwork;
  /**
   * `one`: a NAT gateway in the first zone for all. It is the dearest part of an idle network, and machines without the
   * internet go on serving. `perZone`: one in each, so that the loss of a zone cuts off no other, and no packet pays
   * for a way through another zone. Default `one`.
   */
  natGateways?: "one" | "perZone";
  /** Tags of everything made. Default none. */
  tags?: Readonly<Record<string, string>>;
}

export const DEFAULT_VPC_CIDR = "10.0.0.0/16";

/** What is wrong with a network's arguments, all of it. */
export function networkProblems(args: AwsNetworkArgs): InputPropertyErrorDetails[] {
  const { existing, cidr = DEFAULT_VPC_CIDR } = args;
  if (existing) return existingProblems(args, existing);
  const cidrProblem = typeof cidr === "string" ? vpcCidrProblem(cidr) : undefined;
  return [
    ...(cidrProblem === undefined ? [] : [{ propertyPath: "cidr", reason: cidrProblem }]),
    ...zoneProblems(args.zones).map((reason) => ({ propertyPath: "zones", reason })),
  ];
}

function existingProblems({ cidr }: AwsNetworkArgs, existing: ExistingAwsNetwork): InputPropertyErrorDetails[] {
  const count = existing.privateSubnetIds.length;
  return [
    ...(cidr === undefined ? [] : [{ propertyPath: "cidr", reason: "given with existing, whose VPC has one already" }]),
    ...(count >= 2
      ? []
      : [
          {
            propertyPath: "existing.privateSubnetIds",
            reason: `${count} of them: give two or more, of different zones`,
          },
        ]),
  ];
}
