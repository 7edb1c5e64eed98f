import { sessionPolicy } from "../../../components/node-pool/aws/trust";
import { type PropertyMap, type PropertyValue, secret, UNKNOWN } from "../../../infra/toolchain/plugins/host/values";
import { type Case, type Cases, ofType } from "./case";

const group = ofType("aws:ec2/securityGroup:SecurityGroup");
const defaultGroup = ofType("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
const groupRule = ofType("aws:ec2/securityGroupRule:SecurityGroupRule");
const ingressRule = ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
const egressRule = ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule");
const instance = ofType("aws:ec2/instance:Instance");
const template = ofType("aws:ec2/launchTemplate:LaunchTemplate");
const subnet = ofType("aws:ec2/subnet:Subnet");
const balancer = ofType("aws:lb/loadBalancer:LoadBalancer");
const listener = ofType("aws:lb/listener:Listener");
const volume = ofType("aws:ebs/volume:Volume");
const bucket = ofType("aws:s3/bucket:Bucket");
const block = ofType("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
const bucketPolicy = ofType("aws:s3/bucketPolicy:BucketPolicy");
const encryption = ofType("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration");
const kmsKey = ofType("aws:kms/key:Key");
const role = ofType("aws:iam/role:Role");
const policy = ofType("aws:iam/policy:Policy");
const attachment = ofType("aws:iam/rolePolicyAttachment:RolePolicyAttachment");
const cluster = ofType("aws:eks/cluster:Cluster");
const nodeGroup = ofType("aws:eks/nodeGroup:NodeGroup");

const from = (cidr: string, fromPort: number, toPort = fromPort): PropertyMap => ({
  protocol: "tcp",
  fromPort,
  toPort,
  cidrBlocks: [cidr],
});

const metadata = (options: PropertyMap): PropertyMap => ({ metadataOptions: options });

const document = (...statements: PropertyMap[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

const allow = (Action: PropertyValue, Resource: PropertyValue, rest: PropertyMap = {}): PropertyMap => ({
  Effect: "Allow",
  Action,
  Resource,
  ...rest,
});

const trust = (Principal: PropertyValue, Action = "sts:AssumeRole", rest: PropertyMap = {}): PropertyMap => ({
  assumeRolePolicy: document({ Effect: "Allow", Principal, Action, ...rest }),
});

const federated = { Federated: "arn:aws:iam::1:oidc-provider/example" };
const webIdentity = (condition: PropertyMap): Case =>
  role(trust(federated, "sts:AssumeRoleWithWebIdentity", { Condition: condition }));

const KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA";
const TAGS = { Project: "p", Stack: "s" };
const ARN = "arn:aws:s3:::payload/*";

export const awsCases: Readonly<Record<string, Cases>> = {
  "aws-public-ssh": {
    wrong: [
      group({ ingress: [from("0.0.0.0/0", 22)] }),
      group({ ingress: [{ ...from("10.0.0.0/8", 0, 1024), ipv6CidrBlocks: ["::/0"] }] }),
      groupRule({ type: "ingress", ...from("0.0.0.0/0", 20, 25) }),
      ingressRule({ ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }),
      defaultGroup({ ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }] }),
    ],
    right: [
      group({ ingress: [from("192.0.2.0/24", 22), from("0.0.0.0/0", 443)] }),
      groupRule({ type: "egress", ...from("0.0.0.0/0", 22) }),
      ingressRule({ ipProtocol: "tcp", fromPort: 22, toPort: 22, cidrIpv4: UNKNOWN }),
    ],
  },
  "aws-open-ingress": {
    wrong: [
      group({ ingress: [from("0.0.0.0/0", 6443)] }),
      ingressRule({ ipProtocol: "tcp", fromPort: 80, toPort: 443, cidrIpv6: "::/0" }),
    ],
    right: [
      group({ ingress: [from("0.0.0.0/0", 443), from("0.0.0.0/0", 80), from("10.0.0.0/16", 6443)] }),
      ingressRule({ ipProtocol: "tcp", fromPort: 6443, toPort: 6443, referencedSecurityGroupId: "sg-1" }),
    ],
  },
  "aws-described-rules": {
    wrong: [
      group({ ingress: [from("10.0.0.0/16", 6443)] }),
      group({ egress: [{ protocol: "-1", description: "" }] }),
      egressRule({ ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }),
    ],
    right: [
      group({ ingress: [{ ...from("10.0.0.0/16", 6443), description: "the API server" }] }),
      ingressRule({ description: UNKNOWN }),
    ],
  },
  "aws-described-groups": {
    wrong: [group({}), group({ description: "Managed by Pulumi" })],
    right: [group({ description: "machines of the cluster" })],
  },
  "aws-default-network": {
    wrong: [
      ofType("aws:ec2/defaultVpc:DefaultVpc")({}),
      group({ description: "x" }),
      instance({ ami: "ami-1", instanceType: "t3.small" }),
    ],
    right: [
      group({ vpcId: UNKNOWN }),
      instance({ subnetId: "subnet-1" }),
      instance({ launchTemplate: { id: "lt-1" } }),
    ],
  },
  "aws-default-group": {
    wrong: [defaultGroup({ ingress: [], egress: [{ protocol: "-1" }] })],
    right: [defaultGroup({ ingress: [], egress: [] }), defaultGroup({ vpcId: "vpc-1" })],
  },
  "aws-public-address": {
    wrong: [
      instance({ associatePublicIpAddress: true }),
      template({ networkInterfaces: [{ associatePublicIpAddress: "true" }] }),
      subnet({ mapPublicIpOnLaunch: true }),
    ],
    right: [
      instance({ associatePublicIpAddress: false }),
      instance({ associatePublicIpAddress: true, tags: { "ofwasm.dev/public": "the bastion" } }),
      template({ networkInterfaces: [{ associatePublicIpAddress: "false" }] }),
      subnet({ mapPublicIpOnLaunch: false }),
    ],
  },
  "aws-public-load-balancer": {
    wrong: [balancer({}), balancer({ internal: false })],
    right: [balancer({ internal: true }), balancer({ tags: { "ofwasm.dev/public": "functions" } })],
  },
  "aws-encrypted-listener": {
    wrong: [listener({ protocol: "HTTP", defaultActions: [{ type: "forward" }] })],
    right: [
      listener({ protocol: "HTTPS", defaultActions: [{ type: "forward" }] }),
      listener({ protocol: "HTTP", defaultActions: [{ type: "redirect" }] }),
      listener({ protocol: "TCP", defaultActions: [{ type: "forward" }] }),
    ],
  },
  "aws-imdsv2": {
    wrong: [instance({}), template(metadata({ httpTokens: "optional" }))],
    right: [
      template(metadata({ httpTokens: "required" })),
      instance(metadata({ httpEndpoint: "disabled" })),
      instance({ launchTemplate: { id: "lt-1" } }),
      instance({ metadataOptions: UNKNOWN }),
    ],
  },
  "aws-imds-hops": {
    wrong: [instance({}), template(metadata({ httpTokens: "required", httpPutResponseHopLimit: 2 }))],
    right: [template(metadata({ httpPutResponseHopLimit: 1 })), instance({ launchTemplate: { id: "lt-1" } })],
  },
  "aws-encrypted-root": {
    wrong: [instance({}), instance({ rootBlockDevice: { encrypted: false } }), template({})],
    right: [
      instance({ rootBlockDevice: { encrypted: true } }),
      template({ blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted: "true" } }] }),
    ],
  },
  "aws-encrypted-disks": {
    wrong: [
      template({ blockDeviceMappings: [{ ebs: { volumeSize: 20 } }] }),
      instance({ ebsBlockDevices: [{ deviceName: "/dev/xvdb", encrypted: false }] }),
    ],
    right: [
      template({ blockDeviceMappings: [{ ebs: { encrypted: "true" } }, { virtualName: "ephemeral0" }] }),
      instance({ ebsBlockDevices: [{ encrypted: true }] }),
    ],
  },
  "aws-encrypted-volumes": {
    wrong: [volume({ size: 10 }), ofType("aws:efs/fileSystem:FileSystem")({ encrypted: false })],
    right: [volume({ encrypted: true }), volume({ encrypted: UNKNOWN })],
  },
  "aws-secret-user-data": {
    wrong: [
      instance({ userData: `#cloud-config\n${KEY}` }),
      template({ userData: Buffer.from(`#cloud-config\n${KEY}`).toString("base64") }),
    ],
    right: [
      instance({ userData: secret(KEY) }),
      instance({ userData: "#!/bin/sh\n" }),
      template({ userData: UNKNOWN }),
    ],
  },
  "aws-pinned-image": {
    wrong: [template({ imageId: "resolve:ssm:/aws/service/debian/release/12/latest/amd64" })],
    right: [
      template({ imageId: "resolve:ssm:/team/image:7" }),
      instance({ ami: "ami-0123456789abcdef0" }),
      instance({ ami: UNKNOWN }),
    ],
  },
  "aws-termination-protection": {
    wrong: [instance({}, { name: "prod-0-machine", production: true })],
    right: [
      instance({}, { name: "prod-0-machine" }),
      instance({ disableApiTermination: true }, { name: "prod-0-machine", production: true }),
      instance({}, { name: "prod-1-machine", production: true }),
    ],
  },
  "aws-tags": {
    wrong: [instance({ tags: { Name: "x" } }), kmsKey({ tags: { Project: "p" } })],
    right: [instance({ tags: TAGS }), instance({ tagsAll: TAGS }), instance({ tags: UNKNOWN })],
  },
  "aws-public-bucket": {
    wrong: [bucket({ acl: "public-read" })],
    right: [bucket({}), bucket({ acl: "private" })],
  },
  "aws-bucket-block": {
    wrong: [block({ blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true })],
    right: [
      block({ blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true }),
    ],
  },
  "aws-bucket-tls": {
    wrong: [bucketPolicy({ policy: document(allow("s3:GetObject", ARN)) })],
    right: [
      bucketPolicy({
        policy: document({
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: ARN,
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        }),
      }),
      bucketPolicy({ policy: UNKNOWN }),
    ],
  },
  "aws-bucket-encryption": {
    wrong: [encryption({ rules: [{ bucketKeyEnabled: true }] })],
    right: [encryption({ rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }] })],
  },
  "aws-bucket-force-destroy": {
    wrong: [bucket({ forceDestroy: true }, { production: true })],
    right: [bucket({ forceDestroy: true }), bucket({}, { production: true })],
  },
  "aws-key-rotation": {
    wrong: [kmsKey({}), kmsKey({ enableKeyRotation: false, customerMasterKeySpec: "SYMMETRIC_DEFAULT" })],
    right: [kmsKey({ enableKeyRotation: true }), kmsKey({ customerMasterKeySpec: "ECC_NIST_P256" })],
  },
  "aws-every-action": {
    wrong: [
      policy({ policy: document(allow("*", "*")) }),
      role({ inlinePolicies: [{ policy: document(allow(["s3:*"], ARN)) }] }),
    ],
    right: [
      policy({ policy: document(allow("s3:GetObject", ARN), { Effect: "Deny", Action: "*", Resource: "*" }) }),
      policy({ policy: UNKNOWN }),
      policy({ policy: "no JSON" }),
    ],
  },
  "aws-every-resource": {
    wrong: [policy({ policy: document(allow("s3:PutObject", "*")) })],
    right: [
      policy({ policy: document(allow(["ec2:DescribeInstances", "ecr:GetAuthorizationToken"], "*")) }),
      policy({ policy: document(allow("s3:PutObject", ARN)) }),
      policy({ policy: JSON.stringify(sessionPolicy()) }),
      policy({
        policy: document(allow("ec2:CreateTags", "*", { Condition: { StringEquals: { "aws:ResourceTag/x": "y" } } })),
      }),
    ],
  },
  "aws-administrator": {
    wrong: [
      attachment({ policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }),
      role({ managedPolicyArns: ["arn:aws:iam::aws:policy/IAMFullAccess"] }),
    ],
    right: [attachment({ policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" })],
  },
  "aws-trust": {
    wrong: [role(trust({ AWS: "*" })), role(trust("*"))],
    right: [role(trust({ Service: "ec2.amazonaws.com" }))],
  },
  "aws-trust-subject": {
    wrong: [
      webIdentity({ StringEquals: { "example:aud": "sts.amazonaws.com" } }),
      webIdentity({ StringLike: { "example:sub": "*" } }),
    ],
    right: [webIdentity({ StringEquals: { "example:sub": "system:serviceaccount:kube-system:x" } })],
  },
  "aws-lasting-keys": {
    wrong: [ofType("aws:iam/accessKey:AccessKey")({ user: "x" })],
    right: [role({})],
  },
  "aws-eks-endpoint": {
    wrong: [
      cluster({ vpcConfig: { subnetIds: ["a"] } }),
      cluster({ vpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ["0.0.0.0/0"] } }),
    ],
    right: [
      cluster({ vpcConfig: { endpointPublicAccess: false } }),
      cluster({ vpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ["192.0.2.0/24"] } }),
      cluster({ vpcConfig: { publicAccessCidrs: UNKNOWN } }),
    ],
  },
  "aws-eks-secrets": {
    wrong: [cluster({}), cluster({ encryptionConfig: { resources: [] } })],
    right: [cluster({ encryptionConfig: { provider: { keyArn: UNKNOWN }, resources: ["secrets"] } })],
  },
  "aws-eks-logs": {
    wrong: [cluster({}), cluster({ enabledClusterLogTypes: ["api"] })],
    right: [cluster({ enabledClusterLogTypes: ["audit", "api", "authenticator"] })],
  },
  "aws-eks-entries": {
    wrong: [cluster({}), cluster({ accessConfig: { authenticationMode: "CONFIG_MAP" } })],
    right: [cluster({ accessConfig: { authenticationMode: "API" } })],
  },
  "aws-eks-node-ssh": {
    wrong: [nodeGroup({ remoteAccess: { ec2SshKey: "key" } })],
    right: [nodeGroup({}), nodeGroup({ remoteAccess: { ec2SshKey: "key", sourceSecurityGroupIds: ["sg-1"] } })],
  },
  "aws-eks-node-template": {
    wrong: [nodeGroup({ diskSize: 20 })],
    right: [nodeGroup({ launchTemplate: { id: UNKNOWN, version: "1" } })],
  },
};
