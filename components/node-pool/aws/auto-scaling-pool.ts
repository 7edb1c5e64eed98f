import { Group } from "@pulumi/aws/autoscaling/group";
import { LaunchTemplate } from "@pulumi/aws/ec2/launchTemplate";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import * as pulumi from "@pulumi/pulumi";
import type { AwsNetwork } from "../../aws-network";
import { named } from "../../aws-network/tags";
import type { AwsArchitecture } from "./architecture";
import { autoScalingProblems } from "./auto-scaling-problems";
import { DEFAULT_DISK_GIB, diskOf, METADATA } from "./hardware";
import { imageId } from "./image";
import type { PinnedImage } from "./image-name";
import { declareMachineRole } from "./role";
import { lifecyclePolicy } from "./trust";

export interface AwsAutoScalingPoolArgs {
  network: Pick<AwsNetwork, "privateSubnetIds" | "ready">;
  /** How many machines there may be, 0 or more, and how many at most; whoever scales the group moves between them. */
  minSize: number;
  maxSize: number;
  /** Instance types, of the pool's architecture; the more there are, the easier spot capacity is found. */
  instanceTypes: readonly string[];
  architecture: AwsArchitecture;
  /** What new machines are born from. Another one replaces the machines, one by one. */
  image: PinnedImage;
  /** What sets a machine up at its first boot with nobody logging in, in base64; a secret when it holds one. */
  userData: pulumi.Input<string>;
  securityGroupIds: readonly pulumi.Input<string>[];
  /** Machines that are no spot instances, before any other. Default 0. */
  onDemandBase?: number;
  /** Of the machines above those, how many of a hundred are no spot instances. Default 100. */
  onDemandPercent?: number;
  /** More that machines may do: IAM documents as JSON, by name. Default nothing but sessions of Systems Manager. */
  policies?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Seconds until a machine that has not said that it is proved is replaced. Default 1200. */
  launchSeconds?: number;
  /** GiB of each machine's disk. Default 30. */
  diskGib?: number;
  /** KMS key that encrypts the disks. Default: the account's own for EBS. */
  kmsKeyId?: pulumi.Input<string>;
  /** Tags of everything made. Default none. */
  tags?: Readonly<Record<string, string>>;
}

const LAUNCHING = "launching";

/** The hook that a pool's machines answer, for their user-data: known before the pool is. */
export const launchHook = (pool: string, region: string): { name: string; group: string; region: string } => ({
  name: LAUNCHING,
  group: pool,
  region,
});

/**
 * A group of machines that AWS makes and replaces by itself. Each counts only once it has answered the launch hook,
 * which its user-data does when the runtime is proved; one that does not is replaced.
 *
 * A new image, type or user-data replaces the machines one by one, and goes back to the last when one fails. The
 * update that asks for it does not wait for it.
 */
export class AwsAutoScalingPool extends pulumi.ComponentResource {
  readonly groupName: pulumi.Output<string>;

  /** @throws pulumi.InputPropertiesError that lists every argument which does not do. */
  constructor(name: string, args: AwsAutoScalingPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    const errors = autoScalingProblems(name, args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `group of machines "${name}"`, errors });
    super("ofwasm:index:AwsAutoScalingPool", name, shownInputs(args), opts);

    const { tags = {}, policies = {} } = args;
    const { role, profile, ready } = declareMachineRole(name, tags, this);
    const rights = Object.entries(policies).map(
      ([key, policy]) => new RolePolicy(`${name}-${key}`, { role: role.name, policy }, { parent: this }),
    );
    const template = this.template(`${name}-template`, args, profile.arn);
    const group = this.group(name, args, template, [...ready, ...rights, ...args.network.ready]);
    // It names the group, so it comes after it: in seconds, and a machine needs longer to its answer.
    const answer = pulumi.jsonStringify(group.arn.apply(lifecyclePolicy));
    new RolePolicy(`${name}-answer`, { role: role.name, policy: answer }, { parent: this });
    this.groupName = group.name;

    this.registerOutputs({ groupName: this.groupName });
  }

  private template(name: string, args: AwsAutoScalingPoolArgs, profileArn: pulumi.Output<string>): LaunchTemplate {
    const { diskGib = DEFAULT_DISK_GIB, kmsKeyId, tags = {} } = args;
    const disk = diskOf({ diskGib, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) });
    return new LaunchTemplate(
      name,
      {
        imageId: imageId(args.image, args.architecture, { parent: this }),
        iamInstanceProfile: { arn: profileArn },
        metadataOptions: METADATA,
        // The root disk of Debian's and Ubuntu's images is the first in both their ways of naming it.
        blockDeviceMappings: [
          { deviceName: rootDevice(args.image), ebs: { ...disk, encrypted: "true", deleteOnTermination: "true" } },
        ],
        networkInterfaces: [{ associatePublicIpAddress: "false", securityGroups: [...args.securityGroupIds] }],
        userData: args.userData,
        tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
          resourceType,
          tags: named(name, tags),
        })),
        tags: named(name, tags),
      },
      { parent: this },
    );
  }

  private group(
    name: string,
    args: AwsAutoScalingPoolArgs,
    template: LaunchTemplate,
    dependsOn: pulumi.Resource[],
  ): Group {
    const { minSize, maxSize, launchSeconds = 1200, tags = {} } = args;
    return new Group(
      `${name}-group`,
      {
        // User-data names it.
        name,
        minSize,
        maxSize,
        vpcZoneIdentifiers: args.network.privateSubnetIds,
        mixedInstancesPolicy: mixOf(args, template),
        capacityRebalance: true,
        healthCheckType: "EC2",
        initialLifecycleHooks: [
          {
            name: LAUNCHING,
            lifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING",
            heartbeatTimeout: launchSeconds,
            // Without an answer it is not proved.
            defaultResult: "ABANDON",
          },
        ],
        instanceRefresh: {
          strategy: "Rolling",
          // All healthy, so one at a time.
          preferences: { minHealthyPercentage: 100, autoRollback: true, skipMatching: true },
        },
        // Machines answer with a right that is given after the group is there.
        waitForCapacityTimeout: "0",
        tags: Object.entries(named(name, tags)).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
      },
      // Two groups of one name cannot be.
      { parent: this, dependsOn, deleteBeforeReplace: true, ignoreChanges: ["desiredCapacity"] },
    );
  }
}

/** Ubuntu's images call it /dev/sda1, Debian's /dev/xvda; an image of one's own is taken for Debian's. */
const rootDevice = (image: PinnedImage): string => (image.startsWith("ubuntu") ? "/dev/sda1" : "/dev/xvda");

const mixOf = (args: AwsAutoScalingPoolArgs, template: LaunchTemplate) => ({
  instancesDistribution: {
    onDemandBaseCapacity: args.onDemandBase ?? 0,
    onDemandPercentageAboveBaseCapacity: args.onDemandPercent ?? 100,
    spotAllocationStrategy: "price-capacity-optimized",
  },
  launchTemplate: {
    launchTemplateSpecification: {
      launchTemplateId: template.id,
      // A number, as going back to the last one wants it.
      version: template.latestVersion.apply(String),
    },
    overrides: args.instanceTypes.map((instanceType) => ({ instanceType })),
  },
});

/** What the diff shows at the component itself. */
const shownInputs = ({ minSize, maxSize, instanceTypes, image }: AwsAutoScalingPoolArgs) => ({
  minSize,
  maxSize,
  instanceTypes,
  image,
});
