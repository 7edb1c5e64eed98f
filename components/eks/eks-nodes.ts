import { LaunchTemplate } from "@pulumi/aws/ec2/launchTemplate";
import { NodeGroup } from "@pulumi/aws/eks/nodeGroup";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment";
import * as pulumi from "@pulumi/pulumi";
import { named } from "../aws-network";
import { type UserDataArgs, userData } from "../cloud-init";
import { machineTrust, sessionPolicy } from "../node-pool/aws";
import type { EksNodesArgs } from "./args";
import { NODE_POLICY, PULL_POLICY } from "./documents";
import { NODEADM_CONFIG_UNIT, NODEADM_RUN_UNIT, nodeConfigPart } from "./node-config";
import { nodesProblems } from "./problems";

/** Where Amazon Linux has its only volume. */
const ROOT_DEVICE = "/dev/xvda";

/** EKS waits for nodes itself, and replaces them one by one. */
const TIMEOUTS = { create: "40m", update: "90m", delete: "40m" };

/**
 * Nodes of EKS that join once a WebAssembly container has run on them, and not before: a node that fails never joins,
 * so a new group fails, and a change of a group that is there stops and leaves the nodes it has.
 */
export class EksNodes extends pulumi.ComponentResource {
  readonly group: NodeGroup;

  /** @throws pulumi.InputPropertiesError that lists every argument which does not do. */
  constructor(
    private readonly name: string,
    private readonly args: EksNodesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const errors = nodesProblems(args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `EKS nodes "${name}"`, errors });
    const { cluster, network, instanceTypes, count, spot = false, imageId, tags = {}, payload } = args;
    const { versions, sha256 } = payload.manifest;
    super("ofwasm:index:EksNodes", name, { count, imageId, versions, payload: `sha256:${sha256}` }, opts);

    const { role, rights } = this.role();
    const template = this.template();
    this.group = new NodeGroup(
      `${name}-group`,
      {
        clusterName: cluster.name,
        nodeRoleArn: role.arn,
        subnetIds: network.privateSubnetIds,
        capacityType: spot ? "SPOT" : "ON_DEMAND",
        instanceTypes: [...instanceTypes],
        scalingConfig: { minSize: count, maxSize: count, desiredSize: count },
        updateConfig: { maxUnavailable: 1 },
        launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
        tags: named(`${name}-group`, tags),
      },
      { parent: this, dependsOn: [...rights, ...args.files.ready], customTimeouts: TIMEOUTS },
    );
    this.registerOutputs({ group: this.group.nodeGroupName });
  }

  /** May join, pull images and read the files of the bucket; what pods may do is their own roles' matter. */
  private role(): { role: Role; rights: pulumi.Resource[] } {
    const { files, shell = false, tags = {} } = this.args;
    const role = new Role(
      `${this.name}-role`,
      {
        assumeRolePolicy: JSON.stringify(machineTrust()),
        description: "Nodes of a cluster",
        tags: named(`${this.name}-role`, tags),
      },
      { parent: this },
    );
    const attached = Object.entries({ join: NODE_POLICY, pull: PULL_POLICY }).map(
      ([part, policyArn]) =>
        new RolePolicyAttachment(`${this.name}-role-${part}`, { role: role.name, policyArn }, { parent: this }),
    );
    const policies = { files: files.readPolicy, ...(shell ? { shell: JSON.stringify(sessionPolicy()) } : {}) };
    const own = Object.entries(policies).map(
      ([part, policy]) => new RolePolicy(`${this.name}-role-${part}`, { role: role.name, policy }, { parent: this }),
    );
    return { role, rights: [...attached, ...own] };
  }

  private template(): LaunchTemplate {
    const { cluster, imageId, diskGib = 40, kmsKeyId, tags = {} } = this.args;
    const own = named(this.name, tags);
    return new LaunchTemplate(
      `${this.name}-template`,
      {
        imageId,
        updateDefaultVersion: true,
        // One hop: pods that are not in the machine's own network do not reach its credentials.
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [
          {
            deviceName: ROOT_DEVICE,
            ebs: {
              volumeType: "gp3",
              volumeSize: diskGib,
              encrypted: "true",
              deleteOnTermination: "true",
              ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
            },
          },
        ],
        networkInterfaces: [
          {
            deviceIndex: 0,
            associatePublicIpAddress: "false",
            deleteOnTermination: "true",
            securityGroups: [cluster.securityGroupId],
          },
        ],
        tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
          resourceType,
          tags: own,
        })),
        userData: this.userData(),
        tags: named(`${this.name}-template`, tags),
      },
      { parent: this },
    );
  }

  /** With an image of its own in the template, all of it is read as it is: EKS puts nothing in front. */
  private userData(): pulumi.Output<string> {
    const { cluster, files, payload, runtime = {} } = this.args;
    return pulumi.all([cluster, files.payload, files.transaction]).apply(([membership, place, transaction]) => {
      const args: UserDataArgs = {
        payload: { manifest: payload.manifest, ...place },
        transaction,
        runtime: { cgroupDriver: "systemd", ...runtime },
        marksNode: false,
        after: [NODEADM_CONFIG_UNIT],
        gates: [NODEADM_RUN_UNIT],
        parts: [nodeConfigPart(membership)],
      };
      return userData(args).toString("base64");
    });
  }
}
