import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule";
import { SecurityGroupIngressRule, type SecurityGroupIngressRuleArgs } from "@pulumi/aws/vpc/securityGroupIngressRule";
import type * as pulumi from "@pulumi/pulumi";
import { named } from "../../aws-network/tags";
import { cidrKey, type Rule } from "./rules";

/** Everywhere on the internet. */
export const ANYWHERE = "0.0.0.0/0";

/** The other end of a rule: another group, or a network. */
export type Peer = { group: SecurityGroup } | { cidr: string };

export interface GroupScope {
  vpcId: pulumi.Input<string>;
  tags: Readonly<Record<string, string>>;
  parent: pulumi.Resource;
}

/** A security group that lets nothing through; rules are resources of their own, so that one more changes no other. */
export const securityGroup = (name: string, description: string, { vpcId, tags, parent }: GroupScope): SecurityGroup =>
  new SecurityGroup(name, { vpcId, description, revokeRulesOnDelete: true, tags: named(name, tags) }, { parent });

type RuleScope = Pick<GroupScope, "tags" | "parent">;

/** Lets in what the rule says. */
export const allowIn = (
  name: string,
  group: SecurityGroup,
  rule: Rule,
  peer: Peer,
  scope: RuleScope,
): pulumi.Resource => new SecurityGroupIngressRule(...ruleOf(`${name}-in`, group, rule, peer, scope));

/** Lets out what the rule says. */
export const allowOut = (
  name: string,
  group: SecurityGroup,
  rule: Rule,
  peer: Peer,
  scope: RuleScope,
): pulumi.Resource => new SecurityGroupEgressRule(...ruleOf(`${name}-out`, group, rule, peer, scope));

/** Name, arguments and options of a rule, whichever way it goes. */
function ruleOf(
  name: string,
  group: SecurityGroup,
  { key, protocol, port, description }: Rule,
  peer: Peer,
  { tags, parent }: RuleScope,
): [name: string, args: SecurityGroupIngressRuleArgs, opts: pulumi.CustomResourceOptions] {
  const end = "cidr" in peer && peer.cidr !== ANYWHERE ? `-${cidrKey(peer.cidr)}` : "";
  const other = "group" in peer ? { referencedSecurityGroupId: peer.group.id } : { cidrIpv4: peer.cidr };
  const what = { ipProtocol: protocol, fromPort: port, toPort: port, description };
  return [`${name}-${key}${end}`, { securityGroupId: group.id, ...what, ...other, tags: { ...tags } }, { parent }];
}
