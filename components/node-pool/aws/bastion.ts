import { Eip } from "@pulumi/aws/ec2/eip";
import type { Instance } from "@pulumi/aws/ec2/instance";
import type { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
import * as pulumi from "@pulumi/pulumi";
import { named, PUBLIC_TAG } from "../../aws-network/tags";
import type { ConnectionArgs } from "../../remote";
import { declareKeys } from "../keys";
import type { KeyPair } from "../spec";
import { ANYWHERE, allowIn, allowOut, type GroupScope, securityGroup } from "./groups";
import { declareInstance } from "./machine";
import { SSH_RULE, WEB_RULES } from "./rules";
import { LOGIN_USER } from "./user-data";

/** Why it is reached from the internet. */
const REASON = { [PUBLIC_TAG]: "SSH to the machines, from named networks" };

/** GiB; a system and its logs. */
const DISK_GIB = 8;

export interface BastionSettings extends GroupScope {
  image: pulumi.Input<string>;
  instanceType: string;
  subnetId: pulumi.Input<string>;
  sourceCidrs: readonly string[];
  login: pulumi.Output<KeyPair>;
  /** Group of the machines behind it. */
  machines: SecurityGroup;
  /** What must exist before a public address leads anywhere. */
  ready: readonly pulumi.Resource[];
  driver?: string;
  kmsKeyId?: pulumi.Input<string>;
}

export interface Bastion {
  group: SecurityGroup;
  /** How the program dials it. */
  proxy: pulumi.Output<Omit<ConnectionArgs, "proxy">>;
}

/** The one machine with a public address: SSH goes through it, from the networks that are named. */
export function declareBastion(name: string, settings: BastionSettings): Bastion {
  const { parent, tags, login, machines } = settings;
  const group = securityGroup(`${name}-group`, "The bastion: SSH from named networks to machines", settings);
  const rules = [
    ...settings.sourceCidrs.map((cidr) => allowIn(name, group, SSH_RULE, { cidr }, settings)),
    allowOut(name, group, SSH_RULE, { group: machines }, settings),
    // It is the one that is attacked, so it must be able to update itself.
    ...WEB_RULES.map((rule) => allowOut(name, group, rule, { cidr: ANYWHERE }, settings)),
  ];
  const hostKey = declareKeys(`${name}-keys`, parent, settings.driver);
  const instance = bastionInstance(name, { ...settings, ready: [...settings.ready, ...rules] }, group, hostKey);
  const address = new Eip(
    `${name}-address`,
    { domain: "vpc", instance: instance.id, tags: named(name, { ...tags, ...REASON }) },
    { parent },
  );
  const proxy = pulumi.secret({
    host: address.publicIp,
    user: LOGIN_USER,
    hostKey: pulumi.unsecret(hostKey.publicKey),
    privateKey: login.privateKey,
  });
  return { group, proxy };
}

function bastionInstance(
  name: string,
  { parent, tags, login, image, instanceType, subnetId, kmsKeyId, ready }: BastionSettings,
  group: SecurityGroup,
  hostKey: pulumi.Output<KeyPair>,
): Instance {
  const key = kmsKeyId === undefined ? {} : { kmsKeyId };
  const authorizedKey = pulumi.unsecret(login.publicKey);
  const place = { name, image, instanceType, subnetId, groupIds: [group.id], diskGib: DISK_GIB, ...key };
  return declareInstance(
    `${name}-machine`,
    { ...place, hostKey, authorizedKey, use: "bastion", tags: { ...tags, ...REASON } },
    {},
    {
      parent,
      dependsOn: [...ready],
      // Its address comes from outside, and reads like one of its own: AWS's provider would make it anew.
      ignoreChanges: ["associatePublicIpAddress"],
    },
  );
}
