import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule";
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

/** Lets in what the rule says. */
export const allowIn = (
  name: string,
  group: SecurityGroup,
  rule: Rule,
  peer: Peer,
  scope: Pick<GroupScope, "tags" | "parent">,
): pulumi.Resource =>
  new SecurityGroupIngressRule(
    ruleName(name, "in", rule, peer),
    { ...ruleArgs(group, rule, scope.tags), ...otherEnd(peer) },
    { parent: scope.parent },
  );

/** Lets out what the rule says. */
export const allowOut = (
  name: string,
  group: SecurityGroup,
  rule: Rule,
  peer: Peer,
  scope: Pick<GroupScope, "tags" | "parent">,
): pulumi.Resource =>
  new SecurityGroupEgressRule(
    ruleName(name, "out", rule, peer),
    { ...ruleArgs(group, rule, scope.tags), ...otherEnd(peer) },
    { parent: scope.parent },
  );

const ruleName = (name: string, way: "in" | "out", rule: Rule, peer: Peer): string =>
  `${name}-${way}-${rule.key}${"cidr" in peer && peer.cidr !== ANYWHERE ? `-${cidrKey(peer.cidr)}` : ""}`;

const ruleArgs = (
  group: SecurityGroup,
  { protocol, port, description }: Rule,
  tags: Readonly<Record<string, string>>,
) => ({
  securityGroupId: group.id,
  ipProtocol: protocol,
  fromPort: port,
  toPort: port,
  description,
  tags: { ...tags },
});

const otherEnd = (peer: Peer) =>
  "group" in peer ? { referencedSecurityGroupId: peer.group.id } : { cidrIpv4: peer.cidr };
