import { getVpcOutput } from "@pulumi/aws/ec2/getVpc";
import * as pulumi from "@pulumi/pulumi";
import { type AwsNetworkArgs, DEFAULT_VPC_CIDR, type ExistingAwsNetwork, networkProblems } from "./args";
import type { NetworkFacts } from "./facts";
import { declareVpc } from "./vpc";

/**
 * A VPC with a public and a private subnet in each zone, or one that is there already.
 *
 * Machines live in the private subnets: no address of theirs is reached from the internet, and what they ask for goes
 * through a NAT gateway, or to S3 without one.
 */
export class AwsNetwork extends pulumi.ComponentResource implements NetworkFacts {
  readonly vpcId: pulumi.Output<string>;
  /** In the order of `zones`. */
  readonly publicSubnetIds: pulumi.Output<string>[];
  /** In the order of `zones`. */
  readonly privateSubnetIds: pulumi.Output<string>[];
  /** Addresses of the VPC; the first range of one that has several. */
  readonly cidr: pulumi.Output<string>;
  /** What must exist before a machine in it reaches anything. */
  readonly ready: readonly pulumi.Resource[];

  /** @throws pulumi.InputPropertiesError that lists every argument which does not do. */
  constructor(name: string, args: AwsNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    const errors = networkProblems(args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `network "${name}"`, errors });
    super("ofwasm:index:AwsNetwork", name, shownInputs(args), opts);

    const { existing, zones, cidr = DEFAULT_VPC_CIDR, natGateways = "one", tags = {} } = args;
    const facts = existing
      ? existingNetwork(existing, this)
      : declareVpc(name, { cidr, zones, natGateways, tags }, { parent: this });
    this.vpcId = facts.vpcId;
    this.publicSubnetIds = facts.publicSubnetIds;
    this.privateSubnetIds = facts.privateSubnetIds;
    this.cidr = facts.cidr;
    this.ready = facts.ready;

    const { vpcId, publicSubnetIds, privateSubnetIds } = facts;
    this.registerOutputs({ vpcId, publicSubnetIds, privateSubnetIds, cidr: facts.cidr });
  }
}

function existingNetwork(existing: ExistingAwsNetwork, parent: pulumi.Resource): NetworkFacts {
  return {
    vpcId: pulumi.output(existing.vpcId),
    publicSubnetIds: existing.publicSubnetIds.map((id) => pulumi.output(id)),
    privateSubnetIds: existing.privateSubnetIds.map((id) => pulumi.output(id)),
    cidr: getVpcOutput({ id: existing.vpcId }, { parent }).cidrBlock,
    ready: [],
  };
}

/** What the diff shows at the component itself. */
const shownInputs = ({ cidr, zones, existing, natGateways }: AwsNetworkArgs) =>
  existing ? { vpcId: existing.vpcId } : { cidr: cidr ?? DEFAULT_VPC_CIDR, zones, natGateways: natGateways ?? "one" };
