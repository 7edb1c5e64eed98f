import { ofTypes, type Rule, when } from "../../rule";
import { at, fields, isMissing, text, texts } from "../../values";

export const clusterRules: readonly Rule[] = [
  {
    name: "aws-eks-endpoint",
    description: "The API server of EKS is not open to the internet.",
    level: "mandatory",
    remedy: "set vpcConfig.endpointPublicAccess: false, or name publicAccessCidrs",
    on: ofTypes("aws:eks/cluster:Cluster"),
    judge: ({ inputs }) => {
      const { endpointPublicAccess, publicAccessCidrs } = fields(inputs.vpcConfig);
      // It is public unless it says otherwise, to everyone unless it says to whom.
      if (typeof inputs.vpcConfig === "symbol" || typeof endpointPublicAccess === "symbol") return [];
      if (endpointPublicAccess === false || typeof publicAccessCidrs === "symbol") return [];
      return when(
        isMissing(publicAccessCidrs) || texts(publicAccessCidrs).some((cidr) => ["0.0.0.0/0", "::/0"].includes(cidr)),
        "vpcConfig opens its endpoint to every address",
      );
    },
  },
  {
    name: "aws-eks-secrets",
    description: "EKS encrypts Secrets with a key of KMS before they are stored.",
    level: "mandatory",
    remedy: 'set encryptionConfig: { provider: { keyArn }, resources: ["secrets"] }',
    on: ofTypes("aws:eks/cluster:Cluster"),
    judge: ({ inputs }) =>
      when(
        typeof inputs.encryptionConfig !== "symbol" &&
          !texts(at(inputs, "encryptionConfig", "resources")).includes("secrets"),
        "encryptionConfig does not have secrets",
      ),
  },
  {
    name: "aws-eks-logs",
    description: "EKS keeps what was asked of its API server and who asked.",
    level: "mandatory",
    remedy: 'set enabledClusterLogTypes: ["api", "audit", "authenticator"]',
    on: ofTypes("aws:eks/cluster:Cluster"),
    judge: ({ inputs }) => {
      if (typeof inputs.enabledClusterLogTypes === "symbol") return [];
      const missing = ["api", "audit", "authenticator"].filter(
        (kind) => !texts(inputs.enabledClusterLogTypes).includes(kind),
      );
      return when(missing.length > 0, `enabledClusterLogTypes lacks ${missing.join(", ")}`);
    },
  },
  {
    name: "aws-eks-entries",
    description: "Who may use a cluster of EKS is said by access entries, not by a ConfigMap in it.",
    level: "mandatory",
    remedy: 'set accessConfig.authenticationMode: "API"',
    on: ofTypes("aws:eks/cluster:Cluster"),
    judge: ({ inputs }) => {
      const mode = at(inputs, "accessConfig", "authenticationMode");
      return when(typeof mode !== "symbol" && mode !== "API", `authenticationMode is ${text(mode) ?? "not set"}`);
    },
  },
  {
    name: "aws-eks-node-ssh",
    description: "SSH to nodes of EKS is closed, or open to named groups: with a key alone it is open to everyone.",
    level: "mandatory",
    remedy: "leave out remoteAccess, or name sourceSecurityGroupIds",
    on: ofTypes("aws:eks/nodeGroup:NodeGroup"),
    judge: ({ inputs }) =>
      when(
        !isMissing(at(inputs, "remoteAccess", "ec2SshKey")) &&
          isMissing(at(inputs, "remoteAccess", "sourceSecurityGroupIds")),
        "remoteAccess has a key and no sourceSecurityGroupIds",
      ),
  },
  {
    name: "aws-eks-node-template",
    description: "Nodes of EKS start from a launch template, which says how disks and metadata are kept.",
    level: "mandatory",
    remedy: "name a launchTemplate",
    on: ofTypes("aws:eks/nodeGroup:NodeGroup"),
    judge: ({ inputs }) => when(isMissing(inputs.launchTemplate), "it has no launchTemplate"),
  },
];
