import { ofTypes, type Resource, type Rule, when } from "../../rule";
import { at, isMissing, isSurely, items, mayBe, number, text, texts, UNKNOWN, type Value } from "../../values";

const GROUPS = ["aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"];
const INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const ANY_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule";

const EVERYWHERE = ["0.0.0.0/0", "::/0"];

/** Ports that functions are served on to everyone. */
const PUBLIC_PORTS = [80, 443];
const SSH = 22;

/** What a rule of a security group lets in. */
interface Ingress {
  /** Where the rule stands, for messages. */
  where: string;
  from: number;
  to: number;
  open: boolean;
}

const isOpen = (rule: Value | undefined): boolean =>
  ["cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"].some((field) =>
    texts(at(rule, field)).some((cidr) => EVERYWHERE.includes(cidr)),
  );

function ingress(where: string, rule: Value | undefined): Ingress {
  const protocol = at(rule, "protocol") ?? at(rule, "ipProtocol");
  const all = isSurely(protocol, "-1") || isSurely(protocol, "all");
  const from = all ? 0 : (number(at(rule, "fromPort")) ?? 0);
  const to = all ? 65535 : (number(at(rule, "toPort")) ?? 65535);
  return { where, from, to, open: isOpen(rule) };
}

/** Everything that a group or one rule lets in. */
function ingressOf({ type, inputs }: Resource): Ingress[] {
  if (GROUPS.includes(type)) return items(inputs.ingress).map((rule, index) => ingress(`ingress[${index}]`, rule));
  if (type === ANY_RULE && !isSurely(inputs.type, "ingress")) return [];
  return [ingress("it", inputs)];
}

const onIngress = ofTypes(...GROUPS, INGRESS_RULE, ANY_RULE);

const ports = ({ from, to }: Ingress): string => (from === to ? `port ${from}` : `ports ${from} to ${to}`);

/** By a tag an owner says why something is reached from the internet. */
export const PUBLIC_TAG = "ofwasm.dev/public";

const isDeclaredPublic = ({ inputs }: Resource): boolean => !isMissing(at(inputs, "tags", PUBLIC_TAG));

export const networkRules: readonly Rule[] = [
  {
    name: "aws-public-ssh",
    description: "SSH is not open to the internet.",
    level: "mandatory",
    remedy: "let in the addresses of a bastion or of your own network only, or use Session Manager",
    on: onIngress,
    judge: (resource) =>
      ingressOf(resource)
        .filter(({ open, from, to }) => open && from <= SSH && SSH <= to)
        .map((rule) => `${rule.where} opens ${ports(rule)} to every address`),
  },
  {
    name: "aws-open-ingress",
    description: "Nothing is open to the internet but the ports 80 and 443 of what serves functions.",
    level: "mandatory",
    remedy: "name the addresses or the security group that may come",
    on: onIngress,
    judge: (resource) =>
      ingressOf(resource)
        // That of SSH has a rule of its own.
        .filter(({ open, from, to }) => open && !(from === to && [...PUBLIC_PORTS, SSH].includes(from)))
        .map((rule) => `${rule.where} opens ${ports(rule)} to every address`),
  },
  {
    name: "aws-described-rules",
    description: "Every rule of a security group says what it is for.",
    level: "mandatory",
    remedy: "give the rule a description",
    on: ofTypes(...GROUPS, INGRESS_RULE, EGRESS_RULE, ANY_RULE),
    judge: ({ type, inputs }) => {
      if (!GROUPS.includes(type)) return when(isMissing(inputs.description), "it has no description");
      return ["ingress", "egress"].flatMap((way) =>
        items(inputs[way])
          .map((rule, index) => ({ where: `${way}[${index}]`, description: at(rule, "description") }))
          .filter(({ description }) => isMissing(description))
          .map(({ where }) => `${where} has no description`),
      );
    },
  },
  {
    name: "aws-described-groups",
    description: "Every security group says what it is for; it can say so only when it is made.",
    level: "mandatory",
    remedy: "give the group a description",
    on: ofTypes("aws:ec2/securityGroup:SecurityGroup"),
    judge: ({ inputs }) =>
      when(
        isMissing(inputs.description) || /^managed by (pulumi|terraform)$/i.test(text(inputs.description) ?? ""),
        "it has no description of its own",
      ),
  },
  {
    name: "aws-default-network",
    description: "Nothing uses the default VPC, whose every machine gets a public address.",
    level: "mandatory",
    remedy: "use AwsNetwork, or name vpcId and subnetId",
    on: ofTypes(
      "aws:ec2/defaultVpc:DefaultVpc",
      "aws:ec2/defaultSubnet:DefaultSubnet",
      "aws:ec2/securityGroup:SecurityGroup",
      "aws:ec2/instance:Instance",
    ),
    judge: ({ type, inputs }) => {
      if (/:Default/.test(type)) return ["it is part of the default VPC"];
      if (type.endsWith(":SecurityGroup"))
        return when(isMissing(inputs.vpcId), "without vpcId it is in the default VPC");
      return when(
        ["subnetId", "networkInterfaces", "launchTemplate"].every((field) => isMissing(inputs[field])),
        "without subnetId it is in the default VPC",
      );
    },
  },
  {
    name: "aws-default-group",
    description: "The default security group, which whatever names no other gets, lets nothing in or out.",
    level: "mandatory",
    remedy: "leave ingress and egress empty",
    on: ofTypes("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"),
    judge: ({ inputs }) =>
      ["ingress", "egress"].filter((way) => items(inputs[way]).length > 0).map((way) => `it has rules of ${way}`),
  },
  {
    name: "aws-public-address",
    description: "Machines have no public address, unless the tag says why.",
    level: "mandatory",
    remedy: `put them into a private subnet; where one must be reached, give the tag ${PUBLIC_TAG} the reason`,
    on: ofTypes(
      "aws:ec2/instance:Instance",
      "aws:ec2/launchTemplate:LaunchTemplate",
      "aws:ec2/subnet:Subnet",
      "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
    ),
    judge: (resource) => {
      const { inputs } = resource;
      const interfaces = items(inputs.networkInterfaces);
      return isDeclaredPublic(resource)
        ? []
        : [
            ...when(isSurely(inputs.associatePublicIpAddress, true), "associatePublicIpAddress is true"),
            ...when(
              interfaces.some((one) => isSurely(at(one, "associatePublicIpAddress"), true)),
              "networkInterfaces: associatePublicIpAddress is true",
            ),
            ...when(isSurely(inputs.mapPublicIpOnLaunch, true), "mapPublicIpOnLaunch is true"),
          ];
    },
  },
  {
    name: "aws-public-load-balancer",
    description: "Load balancers are inside of the network, unless the tag says why.",
    level: "mandatory",
    remedy: `set internal: true; where it serves the internet, give the tag ${PUBLIC_TAG} the reason`,
    on: ofTypes("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"),
    judge: (resource) =>
      when(!mayBe(resource.inputs.internal, true) && !isDeclaredPublic(resource), "internal is not true"),
  },
  {
    name: "aws-encrypted-listener",
    description: "What a load balancer serves over HTTP it serves encrypted.",
    level: "mandatory",
    remedy: "use protocol HTTPS with a certificate, and let HTTP only redirect",
    on: ofTypes("aws:lb/listener:Listener", "aws:alb/listener:Listener"),
    judge: ({ inputs }) =>
      when(
        isSurely(inputs.protocol, "HTTP") &&
          !items(inputs.defaultActions).some(
            (action) => at(action, "type") === UNKNOWN || isSurely(at(action, "type"), "redirect"),
          ),
        "its protocol is HTTP",
      ),
  },
];
