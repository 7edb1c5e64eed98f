import type { Input } from "@pulumi/pulumi";
import type { AwsFiles } from "../aws-files";
import type { AwsNetwork } from "../aws-network";
import type { AwsArchitecture } from "../node-pool/aws";
import type { NodePayload, NodeTraits } from "../node-runtime";

/**
 * Versions of what EKS runs in every cluster, `v1.21.1-eksbuild.1`. Which there are for a release of Kubernetes is told by
 * `aws eks describe-addon-versions --kubernetes-version 1.34 --addon-name vpc-cni`.
 */
export interface EksAddons {
  /** Addresses of pods. */
  vpcCni: string;
  /** Addresses of services; of the cluster's minor release. */
  kubeProxy: string;
  /** Names in the cluster. */
  coreDns: string;
}

export interface EksClusterArgs {
  /** Unique in the region; when it changes, everything in the cluster is made anew. */
  clusterName: string;
  /** Minor release, `1.34`. A later one is an upgrade in place; there is no way back. */
  kubernetesVersion: string;
  network: Pick<AwsNetwork, "privateSubnetIds" | "ready">;
  /** Region of the network, `eu-central-1`. */
  region: string;
  /**
   * ARNs of the roles or users that administer the cluster, one or more. The identity that runs this program must be
   * among them: nobody is an administrator by having made the cluster.
   */
  admins: readonly string[];
  /**
   * Networks that the API server is reached from over the internet. Default none: it is reached from the network and
   * from those that are joined to it.
   */
  publicAccessCidrs?: readonly string[];
  addons: EksAddons;
  /** Days that the control plane's logs are kept, one of those that CloudWatch knows. Default 90. */
  logDays?: number;
  /** Whether AWS refuses to delete the cluster until this is false again. Default false. */
  deletionProtection?: boolean;
  /** Tags of everything made. Default none. */
  tags?: Readonly<Record<string, string>>;
}

export interface EksNodesArgs {
  /** The cluster that they join. */
  cluster: EksNodesCluster;
  network: Pick<AwsNetwork, "privateSubnetIds">;
  /** The payload, and where machines fetch it. */
  payload: Pick<NodePayload, "manifest">;
  files: Pick<AwsFiles, "payload" | "transaction" | "readPolicy" | "ready">;
  /** As for machines that are reached over SSH; pods of EKS have the cgroup driver systemd. */
  runtime?: NodeTraits;
  /**
   * AMI of Amazon Linux 2023 for EKS, of the cluster's minor release and the payload's architecture: `ami-…`. Pinned, so
   * that a node is another one only when this says so; its id is in AWS's public parameter
   * `/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/standard/recommended/image_id`.
   */
  imageId: string;
  /** Processors of image and instances. */
  architecture: AwsArchitecture;
  /** Types that an instance may be of, one or more, all of the architecture: `m7i.large`. */
  instanceTypes: readonly string[];
  /** Nodes, 1 or more. */
  count: number;
  /** Take spare capacity for a part of the price, which AWS may take back. Default false. */
  spot?: boolean;
  /** GiB of each node's disk, 20 or more. Default 40. */
  diskGib?: number;
  /** KMS key that encrypts the disks. Default: the account's own for EBS. */
  kmsKeyId?: Input<string>;
  /** Whether Systems Manager may open a shell on the nodes. Default false: a node that fails says why on its console. */
  shell?: boolean;
  /** Tags of everything made. Default none. */
  tags?: Readonly<Record<string, string>>;
}

/** What nodes need to know of their cluster; `EksCluster.membership` has it. */
export interface EksNodesCluster {
  name: Input<string>;
  endpoint: Input<string>;
  /** CA certificate, base64 of its PEM form. */
  certificateAuthority: Input<string>;
  /** Addresses of services. */
  serviceCidr: Input<string>;
  /** Security group that EKS made for control plane and nodes. */
  securityGroupId: Input<string>;
}
