import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
import * as pulumi from "@pulumi/pulumi";
import { type Declared, recordGraph, settled } from "../../../tests/support/graph";
import { AwsApiEndpoint, type AwsApiEndpointArgs } from ".";
import { apiEndpointProblems } from "./api-endpoint";

const NETWORK = {
  vpcId: pulumi.output("vpc-1"),
  publicSubnetIds: [pulumi.output("public-a")],
  privateSubnetIds: [pulumi.output("private-a"), pulumi.output("private-c")],
  ready: [],
};

const args = (change: Partial<AwsApiEndpointArgs> = {}): AwsApiEndpointArgs => ({
  network: NETWORK,
  controlPlanes: [{ name: "aws-0", instanceId: "i-0" }],
  machineGroup: new SecurityGroup("machines"),
  sourceCidrs: ["192.0.2.0/24"],
  tags: { Project: "project", Stack: "prod" },
  ...change,
});

async function made(change: Partial<AwsApiEndpointArgs> = {}): Promise<[AwsApiEndpoint, Map<string, Declared>]> {
  const graph = recordGraph(({ type }) =>
    type === "aws:lb/loadBalancer:LoadBalancer" ? { dnsName: "api.elb", arn: "nlb" } : {},
  );
  const endpoint = new AwsApiEndpoint("aws-api", args(change));
  await settled(endpoint.host);
  await pulumi.runtime.disconnect();
  return [endpoint, graph];
}

it("leads from the load balancer to the control planes, TLS and all", async () => {
  const [endpoint, graph] = await made({
    controlPlanes: [0, 1, 2].map((index) => ({ name: `aws-${index}`, instanceId: `i-${index}` })),
  });
  expect(await settled(endpoint.host)).toBe("api.elb");
  expect(graph.get("aws-api-nlb")!.inputs).toMatchObject({
    loadBalancerType: "network",
    internal: true,
    subnets: ["private-a", "private-c"],
    securityGroups: ["aws-api-group-id"],
  });
  expect(graph.get("aws-api-listener")!.inputs).toMatchObject({ port: 6443, protocol: "TCP", loadBalancerArn: "nlb" });
  expect(graph.get("aws-api-target")!.inputs).toMatchObject({
    vpcId: "vpc-1",
    port: 6443,
    protocol: "TCP",
    targetType: "instance",
    preserveClientIp: "false",
    healthCheck: { protocol: "HTTPS", path: "/readyz" },
  });
  const attached = [0, 1, 2].map((index) => graph.get(`aws-api-aws-${index}-attachment`)!.inputs.targetId);
  expect(attached).toEqual(["i-0", "i-1", "i-2"]);
});

it("is reached from the named networks only, and reaches the API server only", async () => {
  const [, graph] = await made();
  expect(graph.get("aws-api-in-api-192-0-2-0-24")!.inputs).toMatchObject({
    securityGroupId: "aws-api-group-id",
    cidrIpv4: "192.0.2.0/24",
    fromPort: 6443,
    toPort: 6443,
  });
  expect(graph.get("aws-api-out-api-balancer")!.inputs).toMatchObject({
    securityGroupId: "aws-api-group-id",
    referencedSecurityGroupId: "machines-id",
    fromPort: 6443,
  });
  expect(graph.get("aws-api-machines-in-api-balancer")!.inputs).toMatchObject({
    securityGroupId: "machines-id",
    referencedSecurityGroupId: "aws-api-group-id",
    fromPort: 6443,
  });
});

it("lies in the public subnets where it is reached from the internet", async () => {
  const [, graph] = await made({ public: true });
  expect(graph.get("aws-api-nlb")!.inputs).toMatchObject({
    internal: false,
    subnets: ["public-a"],
    tags: { "ofwasm.dev/public": "API server, for named networks" },
  });
  const [, inside] = await made();
  expect(inside.get("aws-api-nlb")!.inputs.tags).not.toHaveProperty("ofwasm.dev/public");
});

it("refuses bad arguments, all at once", () => {
  recordGraph();
  const bad = args({
    controlPlanes: [],
    sourceCidrs: ["0.0.0.0/0"],
    public: true,
    network: { ...NETWORK, publicSubnetIds: [] },
  });
  expect(apiEndpointProblems("a-name-that-is-too-long", bad).map(({ propertyPath }) => propertyPath)).toEqual([
    "name",
    "controlPlanes",
    "sourceCidrs",
    "public",
  ]);
  expect(() => new AwsApiEndpoint("aws-api", bad)).toThrow(pulumi.InputPropertiesError);
});
