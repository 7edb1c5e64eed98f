import { Provider } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import { AwsNetwork, type AwsTags, awsTags } from "../components/aws-network";
import type { Settings } from "../infra/settings";
import type { CompositionContext } from "./composition";

/** Where a stack on AWS is: account and region, tags, network. */
export interface AwsPlace {
  provider: Provider;
  tags: AwsTags;
  network: AwsNetwork;
}

/** The account, region and network of the settings. */
export function awsPlace({ stack, settings }: CompositionContext): AwsPlace {
  const { awsRegion, awsAccount, awsTags: own } = settings;
  const tags = awsTags(pulumi.getProject(), stack, own);
  const provider = new Provider(`${stack}-aws`, {
    region: awsRegion as never,
    // Credentials of another account would make the stack there, or find it gone.
    ...(awsAccount === undefined ? {} : { allowedAccountIds: [awsAccount] }),
  });
  const network = new AwsNetwork(`${stack}-network`, { ...networkArgs(settings), tags }, { providers: [provider] });
  return { provider, tags, network };
}

function networkArgs(settings: Settings) {
  const { awsVpc, awsZones: zones, awsVpcCidr, awsNatGateways, awsPublicSubnets, awsPrivateSubnets } = settings;
  return awsVpc === undefined
    ? { cidr: awsVpcCidr, zones, natGateways: awsNatGateways }
    : { zones, existing: { vpcId: awsVpc, publicSubnetIds: awsPublicSubnets, privateSubnetIds: awsPrivateSubnets } };
}
