import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as pulumi from "@pulumi/pulumi";
import { type Declared, recordGraph, settled } from "../../tests/support/graph";
import { AwsFiles } from "../aws-files";
import { sessionPolicy } from "../node-pool/aws";
import type { NodePayload } from "../node-runtime";
import { EksCluster, type EksClusterArgs, EksNodes, type EksNodesArgs, eksProblems, nodesProblems } from ".";

const folder = mkdtempSync(join(tmpdir(), "eks-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ADMIN = "arn:aws:iam::123456789012:role/admin";
const CLUSTER_ARGS: EksClusterArgs = {
  clusterName: "prod",
  kubernetesVersion: "1.34",
  network: { privateSubnetIds: ["subnet-a", "subnet-b"].map((id) => pulumi.output(id)), ready: [] },
  region: "eu-central-1",
  admins: [ADMIN],
  addons: { vpcCni: "v1.21.1-eksbuild.1", kubeProxy: "v1.34.1-eksbuild.2", coreDns: "v1.12.4-eksbuild.1" },
  tags: { Project: "p", Stack: "prod" },
};

function payload(): NodePayload {
  const path = join(folder, "payload.tar.gz");
  writeFileSync(path, "payload");
  return {
    path,
    manifest: {
      generation: "0".repeat(32),
      architecture: "arm64",
      sha256: "0123456789abcdef".repeat(4),
      unpackedSize: 44,
      versions: { crun: "1.21", wasmedge: "0.14.1" },
    },
  };
}

const NODES_ARGS = {
  payload: payload(),
  imageId: "ami-0123456789abcdef0",
  architecture: "arm64",
  instanceTypes: ["m7g.large", "t4g.large"],
  count: 3,
} as const;

/** What AWS says of things that it made. */
const OUTPUTS: Record<string, Record<string, unknown>> = {
  "aws:eks/cluster:Cluster": {
    endpoint: "https://api.example",
    certificateAuthority: { data: "Q0E=" },
    identities: [{ oidcs: [{ issuer: "https://oidc.example/id/1" }] }],
    kubernetesNetworkConfig: { serviceIpv4Cidr: "10.100.0.0/16" },
    vpcConfig: { clusterSecurityGroupId: "sg-cluster" },
  },
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": { arn: "arn:oidc" },
  "aws:iam/role:Role": { arn: "arn:role", name: "role" },
  "aws:kms/key:Key": { arn: "arn:key" },
  "aws:s3/bucket:Bucket": {
    arn: "arn:aws:s3:::bucket",
    bucketRegionalDomainName: "bucket.s3.eu-central-1.amazonaws.com",
  },
  "aws:ec2/launchTemplate:LaunchTemplate": { latestVersion: 7 },
};

interface Made {
  graph: Map<string, Declared>;
  cluster: EksCluster;
}

/** A cluster with nodes, and everything that was registered for it. */
async function made(cluster: Partial<EksClusterArgs> = {}, nodes: Partial<EksNodesArgs> = {}): Promise<Made> {
  const graph = recordGraph(({ type }) => OUTPUTS[type] ?? {});
  const eks = new EksCluster("eks", { ...CLUSTER_ARGS, ...cluster });
  const files = new AwsFiles("files", { payload: NODES_ARGS.payload, region: "eu-central-1" });
  const group = new EksNodes("nodes", {
    ...NODES_ARGS,
    cluster: eks.membership,
    network: CLUSTER_ARGS.network,
    files,
    ...nodes,
  });
  const dns = eks.addCoreDns(group.group);
  await settled(pulumi.output([dns.id, group.group.id, eks.kubeconfig, files.readPolicy]));
  for (const resource of [...eks.ready, ...files.ready]) await settled(resource.urn);
  await pulumi.runtime.disconnect();
  return { graph, cluster: eks };
}

const inputs = ({ graph }: Made, name: string): Record<string, unknown> => {
  const found = graph.get(name);
  if (found === undefined) throw new Error(`${name} is not there, but ${[...graph.keys()].join(", ")}`);
  return found.inputs;
};

const policy = (made: Made, name: string, key: string): unknown => JSON.parse(String(inputs(made, name)[key]));

describe("EksCluster", () => {
  it("declares a private control plane whose secrets are encrypted and whose logs are kept", async () => {
    const all = await made();
    expect(inputs(all, "eks-control-plane")).toEqual({
      name: "prod",
      version: "1.34",
      roleArn: "arn:role",
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
      bootstrapSelfManagedAddons: false,
      deletionProtection: false,
      enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
      encryptionConfig: { provider: { keyArn: "arn:key" }, resources: ["secrets"] },
      upgradePolicy: { supportType: "STANDARD" },
      vpcConfig: { subnetIds: ["subnet-a", "subnet-b"], endpointPrivateAccess: true, endpointPublicAccess: false },
      tags: { Project: "p", Stack: "prod" },
    });
    expect(all.graph.get("eks-control-plane")?.dependsOn).toEqual(
      expect.arrayContaining(["eks-logs", "eks-role-policy", "eks-secrets"]),
    );
    expect(inputs(all, "eks-secrets")).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
    expect(inputs(all, "eks-logs")).toMatchObject({ name: "/aws/eks/prod/cluster", retentionInDays: 90 });
    expect(policy(all, "eks-role", "assumeRolePolicy")).toMatchObject({
      Statement: [{ Principal: { Service: "eks.amazonaws.com" } }],
    });
    expect(inputs(all, "eks-role-policy").policyArn).toBe("arn:aws:iam::aws:policy/AmazonEKSClusterPolicy");
  });

  it("is reached over the internet by the networks that are named", async () => {
    const all = await made({ publicAccessCidrs: ["192.0.2.0/24"], deletionProtection: true, logDays: 365 });
    expect(inputs(all, "eks-control-plane")).toMatchObject({
      vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: true, publicAccessCidrs: ["192.0.2.0/24"] },
      deletionProtection: true,
    });
    expect(inputs(all, "eks-logs").retentionInDays).toBe(365);
  });

  it("is administered by those who are named, under names that do not depend on their order", async () => {
    const others = ["123456789012:user/ops/jane", "123456789012:user/ops-jane", "210987654321:user/ops-jane"];
    const all = await made({ admins: [ADMIN, ...others.map((one) => `arn:aws:iam::${one}`)] });
    for (const [name, principalArn] of [
      ["eks-admin-123456789012-role/admin", ADMIN],
      ...others.map((one) => [`eks-admin-${one.replace(":", "-")}`, `arn:aws:iam::${one}`] as const),
    ] as const) {
      expect(inputs(all, name)).toMatchObject({ clusterName: "prod", principalArn });
      expect(inputs(all, `${name}-rights`)).toEqual({
        clusterName: "prod",
        principalArn,
        policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope: { type: "cluster" },
      });
      expect(all.graph.get(`${name}-rights`)?.dependsOn).toContain(name);
    }
  });

  it("lets the pods that give addresses take a role of their own, and no others", async () => {
    const all = await made();
    expect(inputs(all, "eks-issuer")).toMatchObject({
      url: "https://oidc.example/id/1",
      clientIdLists: ["sts.amazonaws.com"],
    });
    expect(policy(all, "eks-network", "assumeRolePolicy")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRoleWithWebIdentity",
          Principal: { Federated: "arn:oidc" },
          Condition: {
            StringEquals: {
              "oidc.example/id/1:aud": "sts.amazonaws.com",
              "oidc.example/id/1:sub": "system:serviceaccount:kube-system:aws-node",
            },
          },
        },
      ],
    });
    expect(inputs(all, "eks-vpc-cni").serviceAccountRoleArn).toBe("arn:role");
    expect(all.graph.get("eks-vpc-cni")?.dependsOn).toContain("eks-network-policy");
  });

  it("has add-ons at their versions, names in the cluster after the nodes", async () => {
    const all = await made();
    const versions = ["vpc-cni", "kube-proxy", "coredns"].map((name) => inputs(all, `eks-${name}`).addonVersion);
    expect(versions).toEqual(["v1.21.1-eksbuild.1", "v1.34.1-eksbuild.2", "v1.12.4-eksbuild.1"]);
    expect(all.graph.get("eks-coredns")?.dependsOn).toContain("nodes-group");
    expect(all.graph.get("nodes-group")?.dependsOn).toEqual(expect.arrayContaining(["eks-vpc-cni", "eks-kube-proxy"]));
  });

  it("gives a kubeconfig without a secret, kept as one like every cluster's", async () => {
    const { graph, cluster } = await made();
    expect(await pulumi.isSecret(cluster.kubeconfig)).toBe(true);
    const kubeconfig = JSON.parse((await settled(cluster.kubeconfig)) as string) as { users: unknown[] };
    expect(kubeconfig).toMatchObject({
      "current-context": "prod",
      clusters: [{ cluster: { server: "https://api.example", "certificate-authority-data": "Q0E=" } }],
    });
    expect(kubeconfig.users).toEqual([
      {
        name: "prod",
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: ["eks", "get-token", "--cluster-name", "prod", "--region", "eu-central-1", "--output", "json"],
            interactiveMode: "Never",
          },
        },
      },
    ]);
    expect(graph.get("eks-provider")?.inputs).toMatchObject({ clusterIdentifier: "prod" });
    expect(graph.get("eks-provider")?.dependsOn).toContain("eks-admin-123456789012-role/admin-rights");
  });

  it("says everything that is wrong at once", () => {
    const problems = eksProblems({
      ...CLUSTER_ARGS,
      clusterName: "-x",
      kubernetesVersion: "1.34.4",
      admins: ["arn:aws:sts::123456789012:assumed-role/admin/me"],
      publicAccessCidrs: ["0.0.0.0/0"],
      addons: { ...CLUSTER_ARGS.addons, coreDns: "latest" },
      logDays: 2,
    });
    expect(problems.map(({ propertyPath }) => propertyPath)).toEqual([
      "clusterName",
      "kubernetesVersion",
      "admins",
      "publicAccessCidrs",
      "addons.coreDns",
      "logDays",
    ]);
    expect(eksProblems({ ...CLUSTER_ARGS, admins: [] })[0]?.reason).toContain("nobody reaches what is in the cluster");
    expect(eksProblems({ ...CLUSTER_ARGS, admins: [ADMIN, ADMIN] })[0]?.reason).toContain("twice");
    expect(() => new EksCluster("eks", { ...CLUSTER_ARGS, admins: [] })).toThrow(pulumi.InputPropertiesError);
  });
});

describe("EksNodes", () => {
  it("are born without a public address, with encrypted disks and credentials one hop away", async () => {
    const all = await made();
    expect(inputs(all, "nodes-template")).toMatchObject({
      imageId: "ami-0123456789abcdef0",
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: { volumeType: "gp3", volumeSize: 40, encrypted: "true", deleteOnTermination: "true" },
        },
      ],
      networkInterfaces: [{ deviceIndex: 0, associatePublicIpAddress: "false", securityGroups: ["sg-cluster"] }],
    });
    expect(inputs(all, "nodes-template")).not.toHaveProperty("keyName");
  });

  it("are a group that changes one at a time, of the template's newest version", async () => {
    const all = await made();
    expect(inputs(all, "nodes-group")).toEqual({
      clusterName: "prod",
      nodeRoleArn: "arn:role",
      subnetIds: ["subnet-a", "subnet-b"],
      capacityType: "ON_DEMAND",
      instanceTypes: ["m7g.large", "t4g.large"],
      scalingConfig: { minSize: 3, maxSize: 3, desiredSize: 3 },
      updateConfig: { maxUnavailable: 1 },
      launchTemplate: { id: "nodes-template-id", version: "7" },
      tags: { Name: "nodes-group" },
    });
    expect(all.graph.get("nodes-group")?.dependsOn).toEqual(
      expect.arrayContaining([
        "nodes-role-join",
        "nodes-role-pull",
        "nodes-role-files",
        "files-payload-0123456789abcdef",
      ]),
    );
    const spot = await made({}, { spot: true, diskGib: 100, kmsKeyId: "key", tags: { Owner: "me" } });
    expect(inputs(spot, "nodes-group").capacityType).toBe("SPOT");
    expect(inputs(spot, "nodes-template")).toMatchObject({
      blockDeviceMappings: [{ ebs: { volumeSize: 100, kmsKeyId: "key" } }],
      tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
        resourceType,
        tags: { Owner: "me", Name: "nodes" },
      })),
    });
  });

  it("may join, pull images and read payloads and transactions, those of an older template too", async () => {
    const all = await made();
    const policies = [...all.graph.values()]
      .filter(({ name, type }) => name.startsWith("nodes-") && type.endsWith(":RolePolicyAttachment"))
      .map((one) => String(one.inputs.policyArn).split("/").at(-1));
    expect(policies).toEqual(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"]);
    const [statement] = (policy(all, "nodes-role-files", "policy") as { Statement: Record<string, unknown>[] })
      .Statement;
    expect(statement).toEqual({
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: ["arn:aws:s3:::bucket/payload-*", "arn:aws:s3:::bucket/transaction-*"],
    });
    // A version is a resource of its own: going back to it leaves it where it is.
    const files = [...all.graph.values()].filter(({ type }) => type === "aws:s3/bucketObjectv2:BucketObjectv2");
    expect(files.map(({ name, inputs: { key } }) => [name, String(key).replace(/\..*/, "")])).toEqual([
      ["files-payload-0123456789abcdef", "payload-0123456789abcdef"],
      [expect.stringMatching(/^files-transaction-[0-9a-f]{16}$/), files[1]?.name.replace("files-", "")],
    ]);
    const shell = await made({}, { shell: true });
    expect(policy(shell, "nodes-role-shell", "policy")).toEqual(sessionPolicy());
  });

  it("start their kubelet, with the label of proved nodes, only after the proof", async () => {
    const all = await made();
    const data = Buffer.from(String(inputs(all, "nodes-template").userData), "base64");
    process.stderr.write(`user-data of a node: ${data.length} bytes\n`);
    const text = gunzipSync(data).toString();
    expect(text).toMatch(/^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="/);
    const config = /Content-Type: application\/node\.eks\.aws;[^\n]*\n(?:[^\n]+\n)*\n(\{.*\})\n/.exec(text)?.[1];
    expect(JSON.parse(config ?? "")).toEqual({
      apiVersion: "node.eks.aws/v1alpha1",
      kind: "NodeConfig",
      spec: {
        cluster: {
          name: "prod",
          apiServerEndpoint: "https://api.example",
          certificateAuthority: "Q0E=",
          cidr: "10.100.0.0/16",
        },
        kubelet: { flags: ["--node-labels=ofwasm.dev/wasmedge=proved"] },
      },
    });
    expect(text).toContain("After=network-online.target containerd.service nodeadm-config.service\n");
    expect(text).toContain("put_file /etc/systemd/system/nodeadm-run.service.d/ofwasm-proof.conf");
    expect(text).toContain("cgroup_driver=systemd\n");
    expect(text).not.toContain("node_mark=");
    expect(text).toMatch(
      /download_0=\S+ \S+ eu-central-1 https:\/\/bucket\.s3\.eu-central-1\.amazonaws\.com\/payload-/,
    );
  });

  it("are refused with everything that is wrong", () => {
    const wrong: EksNodesArgs = {
      ...NODES_ARGS,
      cluster: { name: "", endpoint: "", certificateAuthority: "", serviceCidr: "", securityGroupId: "" },
      network: CLUSTER_ARGS.network,
      files: {} as EksNodesArgs["files"],
      architecture: "amd64",
      imageId: "al2023",
      instanceTypes: ["m7g.large"],
      count: 0,
      diskGib: 5,
    };
    expect(nodesProblems(wrong).map(({ propertyPath }) => propertyPath)).toEqual([
      "payload",
      "imageId",
      "instanceTypes",
      "count",
      "diskGib",
    ]);
    expect(() => new EksNodes("nodes", wrong)).toThrow(pulumi.InputPropertiesError);
  });
});

describe("AwsFiles", () => {
  it("keeps its files from everybody without the role, and from whoever asks without TLS", async () => {
    const all = await made();
    expect(inputs(all, "files-private")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(policy(all, "files-tls", "policy")).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
    });
  });
});
