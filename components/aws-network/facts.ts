import type * as pulumi from "@pulumi/pulumi";

/** What others need to know of a network; an existing one has the same. */
export interface NetworkFacts {
  vpcId: pulumi.Output<string>;
  publicSubnetIds: pulumi.Output<string>[];
  privateSubnetIds: pulumi.Output<string>[];
  cidr: pulumi.Output<string>;
  ready: readonly pulumi.Resource[];
}
