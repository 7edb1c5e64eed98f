import { DefaultSecurityGroup } from "@pulumi/aws/ec2/defaultSecurityGroup";
import { Eip } from "@pulumi/aws/ec2/eip";
import { InternetGateway } from "@pulumi/aws/ec2/internetGateway";
import { NatGateway } from "@pulumi/aws/ec2/natGateway";
import { Route } from "@pulumi/aws/ec2/route";
import { RouteTable } from "@pulumi/aws/ec2/routeTable";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation";
import { Subnet } from "@pulumi/aws/ec2/subnet";
import { Vpc } from "@pulumi/aws/ec2/vpc";
import { VpcEndpoint } from "@pulumi/aws/ec2/vpcEndpoint";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkFacts } from "./facts";
import { planSubnets } from "./subnets";
import { named } from "./tags";
import { regionOf } from "./zones";

/** Arguments of a new network, checked and filled in. */
export interface VpcSettings {
  cidr: pulumi.Input<string>;
  zones: readonly string[];
  natGateways: "one" | "perZone";
  tags: Readonly<Record<string, string>>;
}

const ANYWHERE = "0.0.0.0/0";

/** What load balancers of a cluster in this network look for in its subnets. */
const PUBLIC_BALANCERS = { "kubernetes.io/role/elb": "1" };
const INTERNAL_BALANCERS = { "kubernetes.io/role/internal-elb": "1" };

type Kind = "public" | "private";

/** Everything of a new VPC. Names end in the zone's, so another zone is no new name for those that are there. */
export function declareVpc(
  name: string,
  settings: VpcSettings,
  opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
): NetworkFacts {
  const { cidr, zones, tags } = settings;
  const vpc = new Vpc(
    `${name}-vpc`,
    // Names of machines in it are what kubelet and the endpoints of AWS's services are found by.
    { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: named(`${name}-vpc`, tags) },
    opts,
  );
  closeDefaultGroup(`${name}-default-group`, vpc, tags, opts);
  const publicSubnets = zones.map((zone) => subnet(name, "public", zone, vpc, settings, opts));
  const privateSubnets = zones.map((zone) => subnet(name, "private", zone, vpc, settings, opts));
  const outward = publicRoutes(name, vpc, zones, publicSubnets, tags, opts);
  const inward = privateRoutes(name, vpc, settings, publicSubnets, privateSubnets, outward.route, opts);
  const tables = [outward.table, ...inward.tables];
  storageEndpoint(`${name}-s3`, vpc, tables, settings, opts);
  return {
    vpcId: vpc.id,
    publicSubnetIds: publicSubnets.map(({ id }) => id),
    privateSubnetIds: privateSubnets.map(({ id }) => id),
    cidr: vpc.cidrBlock,
    ready: [outward.route, ...outward.associations, ...inward.routes, ...inward.associations],
  };
}

/** The group that AWS gives to whatever names none: without a rule, so that nothing works by forgetting. */
function closeDefaultGroup(
  name: string,
  vpc: Vpc,
  tags: Readonly<Record<string, string>>,
  opts: pulumi.CustomResourceOptions,
): void {
  new DefaultSecurityGroup(name, { vpcId: vpc.id, ingress: [], egress: [], tags: named(name, tags) }, opts);
}

function subnet(
  name: string,
  kind: Kind,
  zone: string,
  vpc: Vpc,
  { cidr, tags }: VpcSettings,
  opts: pulumi.CustomResourceOptions,
): Subnet {
  const full = `${name}-${kind}-${zone}`;
  return new Subnet(
    full,
    {
      vpcId: vpc.id,
      availabilityZone: zone,
      cidrBlock: pulumi.output(cidr).apply((whole) => planSubnets(whole, [zone])[0]![kind]),
      // What wants a public address asks for it by name.
      mapPublicIpOnLaunch: false,
      tags: named(full, { ...tags, ...(kind === "public" ? PUBLIC_BALANCERS : INTERNAL_BALANCERS) }),
    },
    opts,
  );
}

/** One table for all public subnets: they have the same way out. */
function publicRoutes(
  name: string,
  vpc: Vpc,
  zones: readonly string[],
  subnets: readonly Subnet[],
  tags: Readonly<Record<string, string>>,
  opts: pulumi.CustomResourceOptions,
) {
  const gateway = new InternetGateway(
    `${name}-internet`,
    { vpcId: vpc.id, tags: named(`${name}-internet`, tags) },
    opts,
  );
  const table = routeTable(`${name}-public`, vpc, tags, opts);
  const route = new Route(
    `${name}-public-internet`,
    { routeTableId: table.id, destinationCidrBlock: ANYWHERE, gatewayId: gateway.id },
    opts,
  );
  const associations = zones.map((zone, index) => associate(`${name}-public-${zone}`, table, subnets[index]!, opts));
  return { table, route, associations };
}

/** A table for each private subnet, also with one NAT gateway: then more of them change routes only. */
function privateRoutes(
  name: string,
  vpc: Vpc,
  { zones, natGateways, tags }: VpcSettings,
  publicSubnets: readonly Subnet[],
  privateSubnets: readonly Subnet[],
  internet: Route,
  opts: pulumi.CustomResourceOptions,
) {
  const hosts = natGateways === "one" ? zones.slice(0, 1) : zones;
  const gateways = hosts.map((zone, index) =>
    natGateway(`${name}-nat-${zone}`, publicSubnets[index]!, internet, tags, opts),
  );
  const tables = zones.map((zone) => routeTable(`${name}-private-${zone}`, vpc, tags, opts));
  const routes = zones.map((zone, index) => {
    const gateway = gateways[index] ?? gateways[0]!;
    return new Route(
      `${name}-private-${zone}-internet`,
      { routeTableId: tables[index]!.id, destinationCidrBlock: ANYWHERE, natGatewayId: gateway.id },
      opts,
    );
  });
  const associations = zones.map((zone, index) =>
    associate(`${name}-private-${zone}`, tables[index]!, privateSubnets[index]!, opts),
  );
  return { tables, routes, associations };
}

/** AWS makes one at once, and it works only when its subnet has a way out. */
function natGateway(
  name: string,
  at: Subnet,
  internet: Route,
  tags: Readonly<Record<string, string>>,
  opts: pulumi.CustomResourceOptions,
): NatGateway {
  const address = new Eip(`${name}-address`, { domain: "vpc", tags: named(name, tags) }, opts);
  const settings = { allocationId: address.id, subnetId: at.id, tags: named(name, tags) };
  return new NatGateway(name, settings, { ...opts, dependsOn: [internet] });
}

const routeTable = (
  name: string,
  vpc: Vpc,
  tags: Readonly<Record<string, string>>,
  opts: pulumi.CustomResourceOptions,
): RouteTable => new RouteTable(`${name}-routes`, { vpcId: vpc.id, tags: named(name, tags) }, opts);

const associate = (
  name: string,
  table: RouteTable,
  at: Subnet,
  opts: pulumi.CustomResourceOptions,
): RouteTableAssociation =>
  new RouteTableAssociation(`${name}-association`, { routeTableId: table.id, subnetId: at.id }, opts);

/** What goes to S3 (packages, images of ECR) pays no NAT gateway. It costs nothing itself. */
function storageEndpoint(
  name: string,
  vpc: Vpc,
  tables: readonly RouteTable[],
  { zones, tags }: VpcSettings,
  opts: pulumi.CustomResourceOptions,
): void {
  new VpcEndpoint(
    name,
    {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${regionOf(zones[0]!)}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: tables.map(({ id }) => id),
      tags: named(name, tags),
    },
    opts,
  );
}
