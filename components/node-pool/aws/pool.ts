import type { Instance } from "@pulumi/aws/ec2/instance";
import type { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
import type { InstanceProfile } from "@pulumi/aws/iam/instanceProfile";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "../../remote";
import { declareKeys } from "../keys";
import type { Machine, NodePool } from "../machine";
import type { KeyPair } from "../spec";
import { type AwsMachineArgs, type AwsNodePoolArgs, awsPoolProblems } from "./args";
import { type Bastion, declareBastion } from "./bastion";
import { ANYWHERE, allowIn, allowOut, type GroupScope, securityGroup } from "./groups";
import { DEFAULT_DISK_GIB } from "./hardware";
import { imageId } from "./image";
import { awaitBirth, declareInstance } from "./machine";
import { declareMachineRole } from "./role";
import { MEMBER_RULES, SSH_RULE, WEB_RULES } from "./rules";
import { LOGIN_USER } from "./user-data";

/** A machine whose instance others may refer to. */
export interface AwsMachine extends Machine {
  resource: Instance;
}

/** What all machines of a pool have in common. */
interface Shared {
  image: pulumi.Output<string>;
  profile: InstanceProfile;
  login: pulumi.Output<KeyPair>;
  bastion?: Bastion;
  /** What must exist before a machine can reach anything and be reached. */
  ready: pulumi.Resource[];
}

/**
 * What sets a spot machine apart. Once: a persistent request outlives the machine in AWS's provider, and brings one back
 * that nobody knows (hashicorp/terraform-provider-aws#38142).
 */
const SPOT = {
  instanceMarketOptions: {
    marketType: "spot",
    spotOptions: { instanceInterruptionBehavior: "terminate", spotInstanceType: "one-time" },
  },
};

/**
 * A fixed number of machines on EC2, set up over SSH like any other: Debian or Ubuntu with containerd, in private
 * subnets, each with a host key that was made before it.
 *
 * A machine's name and resources depend on its number only, so a growing pool leaves the others as they are.
 */
export class AwsNodePool extends pulumi.ComponentResource implements NodePool {
  readonly machines: AwsMachine[];
  /** Of all machines: rules for what else may reach them go here. */
  readonly securityGroup: SecurityGroup;

  /** @throws pulumi.InputPropertiesError that lists every argument which does not do. */
  constructor(name: string, args: AwsNodePoolArgs, opts?: pulumi.ComponentResourceOptions) {
    const errors = awsPoolProblems(name, args);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `machines on AWS "${name}"`, errors });
    super("ofwasm:index:AwsNodePool", name, shownInputs(args), opts);

    const scope: GroupScope = { vpcId: args.network.vpcId, tags: args.tags ?? {}, parent: this };
    const image = imageId(args.image, args.architecture, { parent: this });
    const login = declareKeys(`${name}-client-keys`, this, args.driver);
    this.securityGroup = securityGroup(`${name}-group`, "Machines of a cluster", scope);
    const rules = this.memberRules(name, scope);
    const bastion = this.bastion(`${name}-bastion`, args, scope, image, login);
    const entrance = this.sshRules(name, args, scope, bastion);
    const role = declareMachineRole(name, scope.tags, this);
    const ready = [...args.network.ready, ...rules, ...entrance, ...role.ready];
    const shared = { image, login, profile: role.profile, ready, ...(bastion ? { bastion } : {}) };
    this.machines = args.machines.map((machine, index) => this.machine(name, index, machine, args, shared));

    this.registerOutputs({ machines: this.machines.map(({ name, address }) => ({ name, address })) });
  }

  private memberRules(name: string, scope: GroupScope): pulumi.Resource[] {
    const group = this.securityGroup;
    return [
      ...MEMBER_RULES.flatMap((rule) => [
        allowIn(name, group, rule, { group }, scope),
        allowOut(name, group, rule, { group }, scope),
      ]),
      ...WEB_RULES.map((rule) => allowOut(name, group, rule, { cidr: ANYWHERE }, scope)),
    ];
  }

  private bastion(
    name: string,
    { ssh, network, architecture, driver, kmsKeyId }: AwsNodePoolArgs,
    scope: GroupScope,
    image: pulumi.Output<string>,
    login: pulumi.Output<KeyPair>,
  ): Bastion | undefined {
    if (ssh.way === "direct") return undefined;
    const instanceType = ssh.instanceType ?? (architecture === "arm64" ? "t4g.nano" : "t3.nano");
    return declareBastion(name, {
      ...scope,
      image,
      instanceType,
      subnetId: network.publicSubnetIds[0]!,
      sourceCidrs: ssh.sourceCidrs,
      login,
      machines: this.securityGroup,
      ready: network.ready,
      ...(driver === undefined ? {} : { driver }),
      ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    });
  }

  private sshRules(
    name: string,
    { ssh }: AwsNodePoolArgs,
    scope: GroupScope,
    bastion: Bastion | undefined,
  ): pulumi.Resource[] {
    const peers = bastion ? [{ group: bastion.group }] : ssh.sourceCidrs.map((cidr) => ({ cidr }));
    return peers.map((peer) => allowIn(name, this.securityGroup, SSH_RULE, peer, scope));
  }

  private machine(
    pool: string,
    index: number,
    { instanceType, spot = false, terminationProtection = false }: AwsMachineArgs,
    args: AwsNodePoolArgs,
    { image, login, profile, bastion, ready }: Shared,
  ): AwsMachine {
    const name = `${pool}-${index}`;
    const subnets = args.network.privateSubnetIds;
    const hostKey = declareKeys(`${name}-keys`, this, args.driver);
    const instance = declareInstance(
      `${name}-machine`,
      {
        name,
        image,
        instanceType,
        subnetId: subnets[index % subnets.length]!,
        groupIds: [this.securityGroup.id, ...(args.securityGroupIds ?? [])],
        diskGib: args.diskGib ?? DEFAULT_DISK_GIB,
        ...(args.kmsKeyId === undefined ? {} : { kmsKeyId: args.kmsKeyId }),
        hostKey,
        authorizedKey: pulumi.unsecret(login.publicKey),
        use: "node",
        tags: args.tags ?? {},
      },
      {
        iamInstanceProfile: profile.name,
        disableApiTermination: terminationProtection,
        ...(spot ? SPOT : {}),
      },
      {
        parent: this,
        dependsOn: ready,
        // The provider sees no difference when a machine is to be a spot instance no more (the same, #38141).
        replacementTrigger: spot ? "spot" : "on demand",
      },
    );
    const connection: pulumi.Output<ConnectionArgs> = pulumi.secret({
      host: instance.privateIp,
      user: LOGIN_USER,
      hostKey: pulumi.unsecret(hostKey.publicKey),
      privateKey: login.privateKey,
      ...(bastion ? { proxy: bastion.proxy } : {}),
    });
    const born = awaitBirth(`${name}-born`, instance, connection, this);
    return { name, index, address: instance.privateIp, connection, resource: instance, ready: [instance, born] };
  }
}

/** What the diff shows at the component itself. */
const shownInputs = ({ machines, architecture, image, ssh }: AwsNodePoolArgs) => ({
  machines: machines.map(({ instanceType, spot }) => `${instanceType}${spot ? " (spot)" : ""}`),
  architecture,
  image,
  ssh: ssh.way,
});
