import * as pulumi from "@pulumi/pulumi";
import { type Declared, recordGraph, settled } from "../../../tests/support/graph";
import { AwsAutoScalingPool, type AwsAutoScalingPoolArgs, launchHook } from ".";
import { autoScalingProblems } from "./auto-scaling-problems";

const ARGS: AwsAutoScalingPoolArgs = {
  network: { privateSubnetIds: ["private-a", "private-c"].map((id) => pulumi.output(id)), ready: [] },
  minSize: 1,
  maxSize: 5,
  instanceTypes: ["m7i.large", "m7a.large"],
  architecture: "amd64",
  image: "ami-0123456789abcdef0",
  userData: "I2Nsb3VkLWNvbmZpZw==",
  securityGroupIds: ["sg-members"],
  onDemandBase: 1,
  onDemandPercent: 20,
  policies: { files: '{"Version":"2012-10-17"}' },
  launchSeconds: 900,
  kmsKeyId: "key-1",
  tags: { Project: "project", Stack: "prod" },
};

const TAGS = { Project: "project", Stack: "prod", Name: "workers-template" };

async function made(change: Partial<AwsAutoScalingPoolArgs> = {}): Promise<Map<string, Declared>> {
  const graph = recordGraph(({ type, name }) => {
    if (type.endsWith(":Group")) return { arn: "arn of the group" };
    if (type.endsWith(":LaunchTemplate")) return { latestVersion: 7 };
    return { name: `${name}-id`, arn: `arn of ${name}` };
  });
  await settled(new AwsAutoScalingPool("workers", { ...ARGS, ...change }).groupName);
  await pulumi.runtime.disconnect();
  return graph;
}

let usual: Promise<Map<string, Declared>> | undefined;
const base = () => {
  usual ??= made();
  return usual;
};

it("machines have IMDSv2 only, one hop, an encrypted disk, no public address", async () => {
  expect((await base()).get("workers-template")!.inputs).toEqual({
    imageId: "ami-0123456789abcdef0",
    iamInstanceProfile: { arn: "arn of workers-profile" },
    metadataOptions: {
      httpEndpoint: "enabled",
      httpTokens: "required",
      httpPutResponseHopLimit: 1,
      instanceMetadataTags: "disabled",
    },
    blockDeviceMappings: [
      {
        deviceName: "/dev/xvda",
        ebs: { volumeType: "gp3", volumeSize: 30, kmsKeyId: "key-1", encrypted: "true", deleteOnTermination: "true" },
      },
    ],
    networkInterfaces: [{ associatePublicIpAddress: "false", securityGroups: ["sg-members"] }],
    userData: "I2Nsb3VkLWNvbmZpZw==",
    tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
      resourceType,
      tags: TAGS,
    })),
    tags: TAGS,
  });
});

it("the group replaces one machine at a time, goes back when one fails, and drops those that are not proved", async () => {
  expect((await base()).get("workers-group")!.inputs).toMatchObject({
    name: "workers",
    minSize: 1,
    maxSize: 5,
    vpcZoneIdentifiers: ["private-a", "private-c"],
    initialLifecycleHooks: [
      {
        name: launchHook("workers", "eu-central-1").name,
        lifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING",
        heartbeatTimeout: 900,
        defaultResult: "ABANDON",
      },
    ],
    instanceRefresh: {
      strategy: "Rolling",
      preferences: { minHealthyPercentage: 100, autoRollback: true, skipMatching: true },
    },
    waitForCapacityTimeout: "0",
    tags: expect.arrayContaining([{ key: "Stack", value: "prod", propagateAtLaunch: true }]),
  });
});

it("the group mixes types, and spot with what is always there", async () => {
  expect((await base()).get("workers-group")!.inputs.mixedInstancesPolicy).toEqual({
    instancesDistribution: {
      onDemandBaseCapacity: 1,
      onDemandPercentageAboveBaseCapacity: 20,
      spotAllocationStrategy: "price-capacity-optimized",
    },
    launchTemplate: {
      launchTemplateSpecification: { launchTemplateId: "workers-template-id", version: "7" },
      overrides: [{ instanceType: "m7i.large" }, { instanceType: "m7a.large" }],
    },
  });
  const { onDemandBase: _, onDemandPercent: __, ...plain } = ARGS;
  const graph = await made({ ...plain, onDemandBase: undefined, onDemandPercent: undefined });
  expect(graph.get("workers-group")!.inputs).toMatchObject({
    mixedInstancesPolicy: {
      instancesDistribution: { onDemandBaseCapacity: 0, onDemandPercentageAboveBaseCapacity: 100 },
    },
  });
});

it("machines may answer for their own group, what the arguments say, and sessions", async () => {
  const graph = await base();
  expect(JSON.parse(graph.get("workers-answer")!.inputs.policy as string).Statement).toEqual([
    { Effect: "Allow", Action: "autoscaling:CompleteLifecycleAction", Resource: "arn of the group" },
  ]);
  expect(graph.get("workers-files")!.inputs.policy).toBe('{"Version":"2012-10-17"}');
  // What they need at boot is there before they are.
  expect(graph.get("workers-group")!.dependsOn).toEqual(expect.arrayContaining(["workers-files", "workers-sessions"]));
});

it("the hook is known before the group is", () => {
  expect(launchHook("workers", "eu-central-1")).toEqual({
    name: "launching",
    group: "workers",
    region: "eu-central-1",
  });
});

it("how many there are is not the program's, once the group scales", async () => {
  expect((await base()).get("workers-group")).toMatchObject({
    ignoreChanges: ["desiredCapacity"],
    deleteBeforeReplace: true,
  });
});

it("Ubuntu's root disk has another name", async () => {
  const graph = await made({ image: "ubuntu-24.04@20260101" });
  expect(graph.get("workers-template")!.inputs.blockDeviceMappings).toMatchObject([{ deviceName: "/dev/sda1" }]);
});

it("refuses bad arguments, all at once", () => {
  const graph = recordGraph();
  const bad = {
    ...ARGS,
    minSize: 3,
    maxSize: 2,
    instanceTypes: ["m7g.large"],
    image: "debian-13@latest",
    securityGroupIds: [],
    onDemandPercent: 101,
    launchSeconds: 1,
  };
  expect(autoScalingProblems("Workers", bad).map(({ propertyPath }) => propertyPath)).toEqual([
    "name",
    "maxSize",
    "instanceTypes",
    "image",
    "securityGroupIds",
    "onDemandPercent",
    "launchSeconds",
  ]);
  expect(() => new AwsAutoScalingPool("Workers", bad)).toThrow(pulumi.InputPropertiesError);
  expect(graph.size).toBe(0);
});
