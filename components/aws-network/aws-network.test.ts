import * as pulumi from "@pulumi/pulumi";
import { type Declared, recordGraph, settled } from "../../tests/support/graph";
import { AwsNetwork, type AwsNetworkArgs, awsTags } from ".";
import { networkProblems } from "./args";

const ZONES = ["eu-central-1a", "eu-central-1c"];
const TAGS = awsTags("project", "prod", { Owner: "platform" });

/** The network and everything that was registered for it. */
async function made(args: Partial<AwsNetworkArgs> = {}): Promise<[AwsNetwork, Map<string, Declared>]> {
  const graph = recordGraph(({ type }) => (type === "aws:ec2/vpc:Vpc" ? { cidrBlock: "10.0.0.0/16" } : {}));
  const network = new AwsNetwork("net", { zones: ZONES, tags: TAGS, ...args });
  await settled(pulumi.output([network.urn, network.vpcId, network.cidr, ...network.privateSubnetIds]));
  for (const resource of network.ready) await settled(resource.urn);
  await new Promise((resolve) => setImmediate(resolve));
  return [network, graph];
}

const typesOf = (graph: Map<string, Declared>) =>
  Object.fromEntries([...graph].map(([name, { type }]) => [name, type.split("/").at(-1)]));

describe("AwsNetwork", () => {
  it("declares a VPC with a public and a private subnet in each zone, and one way out", async () => {
    const [, graph] = await made();
    expect(typesOf(graph)).toEqual({
      net: "ofwasm:index:AwsNetwork",
      "net-vpc": "vpc:Vpc",
      "net-default-group": "defaultSecurityGroup:DefaultSecurityGroup",
      "net-public-eu-central-1a": "subnet:Subnet",
      "net-public-eu-central-1c": "subnet:Subnet",
      "net-private-eu-central-1a": "subnet:Subnet",
      "net-private-eu-central-1c": "subnet:Subnet",
      "net-internet": "internetGateway:InternetGateway",
      "net-public-routes": "routeTable:RouteTable",
      "net-public-internet": "route:Route",
      "net-public-eu-central-1a-association": "routeTableAssociation:RouteTableAssociation",
      "net-public-eu-central-1c-association": "routeTableAssociation:RouteTableAssociation",
      "net-nat-eu-central-1a-address": "eip:Eip",
      "net-nat-eu-central-1a": "natGateway:NatGateway",
      "net-private-eu-central-1a-routes": "routeTable:RouteTable",
      "net-private-eu-central-1c-routes": "routeTable:RouteTable",
      "net-private-eu-central-1a-internet": "route:Route",
      "net-private-eu-central-1c-internet": "route:Route",
      "net-private-eu-central-1a-association": "routeTableAssociation:RouteTableAssociation",
      "net-private-eu-central-1c-association": "routeTableAssociation:RouteTableAssociation",
      "net-s3": "vpcEndpoint:VpcEndpoint",
    });
    for (const [name, { parent }] of graph) if (name !== "net") expect([name, parent]).toEqual([name, "net"]);
  });

  it("gives everything that can have tags the common ones and its name", async () => {
    const [, graph] = await made();
    const untagged = ["route:Route", "routeTableAssociation:RouteTableAssociation"];
    for (const { name, type, inputs } of graph.values()) {
      if (name === "net" || untagged.includes(type.split("/").at(-1)!)) continue;
      expect(inputs.tags).toMatchObject({
        Project: "project",
        Stack: "prod",
        Owner: "platform",
        Name: expect.anything(),
      });
    }
  });

  it("opens nothing by default: no rule in the default group, no public address by itself", async () => {
    const [, graph] = await made();
    expect(graph.get("net-default-group")!.inputs).toMatchObject({ ingress: [], egress: [], vpcId: "net-vpc-id" });
    const subnets = [...graph.values()].filter(({ type }) => type === "aws:ec2/subnet:Subnet");
    expect(subnets.map(({ inputs }) => inputs.mapPublicIpOnLaunch)).toEqual([false, false, false, false]);
  });

  it("places subnets by their zones and tells load balancers which are theirs", async () => {
    const [, graph] = await made({ cidr: "10.20.0.0/16" });
    expect(graph.get("net-vpc")!.inputs).toMatchObject({
      cidrBlock: "10.20.0.0/16",
      enableDnsSupport: true,
      enableDnsHostnames: true,
    });
    expect(graph.get("net-private-eu-central-1c")!.inputs).toMatchObject({
      availabilityZone: "eu-central-1c",
      cidrBlock: "10.20.32.0/20",
      tags: { "kubernetes.io/role/internal-elb": "1" },
    });
    expect(graph.get("net-public-eu-central-1c")!.inputs).toMatchObject({
      availabilityZone: "eu-central-1c",
      cidrBlock: "10.20.136.0/22",
      tags: { "kubernetes.io/role/elb": "1" },
    });
  });

  it("leads private subnets through one NAT gateway, which waits for the way out", async () => {
    const [, graph] = await made();
    for (const zone of ZONES)
      expect(graph.get(`net-private-${zone}-internet`)!.inputs).toEqual({
        routeTableId: `net-private-${zone}-routes-id`,
        destinationCidrBlock: "0.0.0.0/0",
        natGatewayId: "net-nat-eu-central-1a-id",
      });
    const gateway = graph.get("net-nat-eu-central-1a")!;
    expect(gateway.inputs).toMatchObject({
      subnetId: "net-public-eu-central-1a-id",
      allocationId: "net-nat-eu-central-1a-address-id",
    });
    expect(gateway.dependsOn).toContain("net-public-internet");
    expect(graph.get("net-public-internet")!.inputs).toEqual({
      routeTableId: "net-public-routes-id",
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: "net-internet-id",
    });
  });

  it("leads each private subnet through the gateway of its own zone where that is wanted", async () => {
    const [, one] = await made();
    const [, each] = await made({ natGateways: "perZone" });
    for (const zone of ZONES)
      expect(each.get(`net-private-${zone}-internet`)!.inputs.natGatewayId).toBe(`net-nat-${zone}-id`);
    // What is there keeps its name, so that the change makes things and removes none.
    for (const name of one.keys()) expect(each.has(name)).toBe(true);
  });

  it("keeps what goes to S3 off the NAT gateway, in all its route tables", async () => {
    const [, graph] = await made();
    expect(graph.get("net-s3")!.inputs).toMatchObject({
      vpcEndpointType: "Gateway",
      serviceName: "com.amazonaws.eu-central-1.s3",
      routeTableIds: [
        "net-public-routes-id",
        "net-private-eu-central-1a-routes-id",
        "net-private-eu-central-1c-routes-id",
      ],
    });
  });

  it("changes no subnet or route table of a zone when others come before it", async () => {
    const [, before] = await made();
    const [, after] = await made({ zones: ["eu-central-1b", ...ZONES] });
    for (const [name, one] of before) {
      const kept = /-(public|private)-eu-central-1[ac](-routes|-association)?$/.test(name);
      if (kept) expect(after.get(name)).toEqual(one);
    }
  });

  it("hands out ids in the order of zones, and what a machine must wait for", async () => {
    const [network] = await made();
    expect(await settled(network.cidr)).toBe("10.0.0.0/16");
    expect(await settled(pulumi.all(network.privateSubnetIds))).toEqual([
      "net-private-eu-central-1a-id",
      "net-private-eu-central-1c-id",
    ]);
    expect(network.ready.length).toBe(7);
  });
});

describe("an existing network", () => {
  const existing = { vpcId: "vpc-1", publicSubnetIds: ["subnet-p"], privateSubnetIds: ["subnet-a", "subnet-b"] };

  it("is handed out as it is; nothing is made", async () => {
    const [network, graph] = await made({ zones: [], existing });
    expect([...graph.keys()]).toEqual(["net"]);
    expect(await settled(network.vpcId)).toBe("vpc-1");
    expect(await settled(pulumi.all(network.publicSubnetIds))).toEqual(["subnet-p"]);
    expect(await settled(pulumi.all(network.privateSubnetIds))).toEqual(["subnet-a", "subnet-b"]);
  });

  it("needs two private subnets, and no addresses of its own", () => {
    const bad = { zones: [], cidr: "10.0.0.0/16", existing: { ...existing, privateSubnetIds: ["subnet-a"] } };
    expect(networkProblems(bad).map(({ propertyPath }) => propertyPath)).toEqual(["cidr", "existing.privateSubnetIds"]);
  });
});

it("refuses bad arguments, all at once, before anything is made", () => {
  const graph = recordGraph();
  const bad = { zones: ["eu-central-1a"], cidr: "10.0.0.0/8" };
  expect(networkProblems(bad).map(({ propertyPath }) => propertyPath)).toEqual(["cidr", "zones"]);
  expect(() => new AwsNetwork("net", bad)).toThrow(pulumi.InputPropertiesError);
  expect(graph.size).toBe(0);
});
