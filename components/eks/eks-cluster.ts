import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup";
import { AccessEntry } from "@pulumi/aws/eks/accessEntry";
import { AccessPolicyAssociation } from "@pulumi/aws/eks/accessPolicyAssociation";
import { Addon } from "@pulumi/aws/eks/addon";
import { Cluster as AwsCluster } from "@pulumi/aws/eks/cluster";
import { OpenIdConnectProvider } from "@pulumi/aws/iam/openIdConnectProvider";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment";
import { Key } from "@pulumi/aws/kms/key";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { named } from "../aws-network";
import type { Cluster } from "../cluster";
import type { EksClusterArgs, EksNodesCluster } from "./args";
import { ADMIN_ACCESS_POLICY, CLUSTER_POLICY, CNI_POLICY, clusterTrust, serviceAccountTrust } from "./documents";
import { eksKubeconfig } from "./kubeconfig";
import { eksProblems } from "./problems";

/** What the control plane writes down: all that EKS knows. */
const LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/** Days between a key's deletion and its end, in which it can be had back: AWS's longest. */
const KEY_WINDOW_DAYS = 30;

/** A control plane takes about ten minutes, an upgrade of it longer. */
const TIMEOUTS = { create: "40m", update: "90m", delete: "30m" };

/**
 * A control plane that AWS runs: its secrets encrypted with a key of the stack, its logs kept, reached from the internet
 * only by networks that are named, administered only by those who are named.
 *
 * It has no nodes; `EksNodes` brings those, and `addCoreDns` what waits for them.
 */
export class EksCluster extends pulumi.ComponentResource implements Cluster {
  /** Holds no secret (see `eksKubeconfig`), and is one like every cluster's. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly provider: kubernetes.Provider;
  readonly nodes: readonly string[] = [];
  readonly joined = {};
  readonly ready: pulumi.Resource[];
  readonly lifetime: { deletedWith: pulumi.Resource };
  /** What nodes need to know of it. */
  readonly membership: { [K in keyof EksNodesCluster]: pulumi.Output<string> };
  /** For roles that pods take. */
  readonly oidcProvider: OpenIdConnectProvider;
  /** URL of the issuer of pods' tokens. */
  readonly issuer: pulumi.Output<string>;

  private readonly cluster: AwsCluster;

  /** @throws pulumi.InputPropertiesError that lists every argument which does not do. */
  constructor(
    private readonly name: string,
    private readonly args: EksClusterArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    const errors = eksProblems(args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `EKS cluster "${name}"`, errors });
    const { clusterName, kubernetesVersion, region, addons } = args;
    super("ofwasm:index:EksCluster", name, { clusterName, kubernetesVersion, addons }, opts);

    this.cluster = this.controlPlane(this.secretsKey(), this.logs());
    this.issuer = this.cluster.identities.apply((identities) => identities[0]?.oidcs?.[0]?.issuer ?? "");
    this.oidcProvider = this.issuerOfRoles();
    const admins = this.administrators();
    const { role, allowed } = this.networkRole();
    const network = [
      this.addon("vpc-cni", addons.vpcCni, { serviceAccountRoleArn: role.arn }, [allowed]),
      this.addon("kube-proxy", addons.kubeProxy),
    ];
    const { endpoint } = this.cluster;
    const certificateAuthority = this.cluster.certificateAuthority.apply(({ data }) => data);
    this.membership = {
      // Nodes come after what makes their network.
      name: pulumi.all([this.cluster.name, pulumi.all(network.map(({ id }) => id))]).apply(([known]) => known),
      endpoint,
      certificateAuthority,
      serviceCidr: this.cluster.kubernetesNetworkConfig.apply(({ serviceIpv4Cidr }) => serviceIpv4Cidr),
      securityGroupId: this.cluster.vpcConfig.apply(({ clusterSecurityGroupId }) => clusterSecurityGroupId),
    };
    this.kubeconfig = pulumi.secret(
      pulumi
        .all([endpoint, certificateAuthority])
        .apply(([server, authority]) =>
          eksKubeconfig({ clusterName, region, endpoint: server, certificateAuthority: authority }),
        ),
    );
    this.provider = new kubernetes.Provider(
      `${name}-provider`,
      { kubeconfig: this.kubeconfig, clusterIdentifier: clusterName, enableServerSideApply: true },
      { parent: this, dependsOn: admins },
    );
    this.ready = [this.provider, ...admins, ...network];
    this.lifetime = { deletedWith: this.cluster };
    this.registerOutputs({ kubeconfig: this.kubeconfig, issuer: this.issuer });
  }

  /** Names in the cluster, by pods that need nodes to run on; the cluster is not ready without. */
  addCoreDns(nodes: pulumi.Resource): Addon {
    const dns = this.addon("coredns", this.args.addons.coreDns, {}, [nodes]);
    this.ready.push(dns);
    return dns;
  }

  private get tags(): Readonly<Record<string, string>> {
    return this.args.tags ?? {};
  }

  private secretsKey(): Key {
    const name = `${this.name}-secrets`;
    return new Key(
      name,
      {
        description: `Secrets of the cluster ${this.args.clusterName}`,
        enableKeyRotation: true,
        deletionWindowInDays: KEY_WINDOW_DAYS,
        tags: named(name, this.tags),
      },
      { parent: this },
    );
  }

  /** Under the name that EKS writes to; one that EKS had to make would stay behind, and keep its lines for ever. */
  private logs(): LogGroup {
    const { clusterName, logDays = 90 } = this.args;
    const name = `/aws/eks/${clusterName}/cluster`;
    return new LogGroup(
      `${this.name}-logs`,
      { name, retentionInDays: logDays, tags: named(name, this.tags) },
      { parent: this },
    );
  }

  private controlPlane(key: Key, logs: LogGroup): AwsCluster {
    const { clusterName, kubernetesVersion, network, publicAccessCidrs = [], deletionProtection = false } = this.args;
    const role = this.role("role", "Control plane", JSON.stringify(clusterTrust()));
    const allowed = this.attach("role-policy", role, CLUSTER_POLICY);
    const open = publicAccessCidrs.length > 0;
    return new AwsCluster(
      `${this.name}-control-plane`,
      {
        name: clusterName,
        version: kubernetesVersion,
        roleArn: role.arn,
        accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
        // The add-ons below take their place, each at its version.
        bootstrapSelfManagedAddons: false,
        deletionProtection,
        enabledClusterLogTypes: LOGS,
        encryptionConfig: { provider: { keyArn: key.arn }, resources: ["secrets"] },
        // Without it a release that is out of support costs six times as much; with it AWS upgrades such a cluster.
        upgradePolicy: { supportType: "STANDARD" },
        vpcConfig: {
          subnetIds: network.privateSubnetIds,
          endpointPrivateAccess: true,
          endpointPublicAccess: open,
          ...(open ? { publicAccessCidrs: [...publicAccessCidrs] } : {}),
        },
        tags: { ...this.tags },
      },
      { parent: this, dependsOn: [allowed, logs, ...network.ready], customTimeouts: TIMEOUTS },
    );
  }

  private issuerOfRoles(): OpenIdConnectProvider {
    const name = `${this.name}-issuer`;
    return new OpenIdConnectProvider(
      name,
      { url: this.issuer, clientIdLists: ["sts.amazonaws.com"], tags: named(name, this.tags) },
      { parent: this },
    );
  }

  /** An entry and its rights for each; names have the principals' accounts and paths, so that order does not matter. */
  private administrators(): pulumi.Resource[] {
    return this.args.admins.map((principalArn) => {
      const name = `${this.name}-admin-${principalArn.split(":").slice(4).join("-")}`;
      const clusterName = this.cluster.name;
      const entry = new AccessEntry(name, { clusterName, principalArn, tags: { ...this.tags } }, { parent: this });
      return new AccessPolicyAssociation(
        `${name}-rights`,
        { clusterName, principalArn, policyArn: ADMIN_ACCESS_POLICY, accessScope: { type: "cluster" } },
        { parent: this, dependsOn: [entry] },
      );
    });
  }

  /** The role of the pods that give pods their addresses, which the nodes' own role therefore need not have. */
  private networkRole(): { role: Role; allowed: pulumi.Resource } {
    const trust = pulumi
      .all([this.oidcProvider.arn, this.issuer])
      .apply(([arn, issuer]) => JSON.stringify(serviceAccountTrust(arn, issuer, "kube-system", "aws-node")));
    const role = this.role("network", "Pods of the add-on vpc-cni", trust);
    return { role, allowed: this.attach("network-policy", role, CNI_POLICY) };
  }

  private addon(
    addonName: string,
    addonVersion: string,
    more: { serviceAccountRoleArn?: pulumi.Input<string> } = {},
    dependsOn: pulumi.Resource[] = [],
  ): Addon {
    return new Addon(
      `${this.name}-${addonName}`,
      {
        clusterName: this.cluster.name,
        addonName,
        addonVersion,
        // What somebody changed by hand shows in the next diff instead of staying.
        resolveConflictsOnCreate: "OVERWRITE",
        resolveConflictsOnUpdate: "OVERWRITE",
        tags: { ...this.tags },
        ...more,
      },
      { parent: this, dependsOn },
    );
  }

  private role(part: string, description: string, assumeRolePolicy: pulumi.Input<string>): Role {
    const name = `${this.name}-${part}`;
    const of = `${description} of the cluster ${this.args.clusterName}`;
    return new Role(name, { assumeRolePolicy, description: of, tags: named(name, this.tags) }, { parent: this });
  }

  private attach(part: string, role: Role, policyArn: string): RolePolicyAttachment {
    return new RolePolicyAttachment(`${this.name}-${part}`, { role: role.name, policyArn }, { parent: this });
  }
}
