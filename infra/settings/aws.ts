import { vpcCidrProblem, zoneProblems } from "../../components/aws-network/checks";
import {
  type AwsArchitecture,
  imageProblem,
  instanceTypeProblem,
  MAX_ENDPOINT_NAME,
  type PinnedImage,
  sourceProblem,
} from "../../components/node-pool/aws/checks";
import { machineNameProblem } from "../../components/node-pool/names";
import { overlaps, parseCidr } from "../../components/node-pool/network";
import { flag, integer, type Mistake, oneOf, optional, type Parser, text } from "./parse";
import { listOf } from "./platform";

/** What stacks on AWS are told: those of machines, and of a managed cluster as far as its network goes. */
export interface AwsSettings {
  /** Empty when not set. */
  awsRegion: string;
  /** Account that must be the one of the credentials. Absent: any. */
  awsAccount?: string;
  /** Names, `eu-central-1a`; the region is not checked here. */
  awsZones: readonly string[];
  /** Addresses of a new VPC. */
  awsVpcCidr: string;
  awsNatGateways: "one" | "perZone";
  /** VPC that is there already, with its subnets below. Absent: one is made. */
  awsVpc?: string;
  awsPublicSubnets: readonly string[];
  awsPrivateSubnets: readonly string[];
  /** Processors of the machines. Absent: those of the host that runs the program. */
  awsArchitecture?: AwsArchitecture;
  awsControlPlaneType: string;
  awsInstanceType: string;
  /** Whether machines other than the control plane are spot instances. */
  awsSpot: boolean;
  /** Absent when not set; every composition with machines on AWS asks for one. */
  awsImage?: PinnedImage;
  awsDiskGib: number;
  /** Whether SSH goes through a bastion, or directly. */
  awsBastion: boolean;
  /** Networks that SSH may come from. */
  awsSshCidrs: readonly string[];
  /** Whether the API server is reached from the internet, by the networks below. */
  awsApiPublic: boolean;
  awsApiCidrs: readonly string[];
  /** Whether AWS refuses to terminate the machines, but for spot instances, and to delete a cluster on EKS. */
  awsTerminationProtection: boolean;
  /** Tags of the user's, beside Project and Stack. */
  awsTags: Readonly<Record<string, string>>;
}

/** What a check of a component says is what is allowed. */
const checked = (problem: (value: string) => string | undefined): Parser<string> => {
  return (raw) => {
    const reason = problem(raw);
    return reason === undefined ? { value: raw } : { allowed: `another value: ${reason}` };
  };
};

const sources: Parser<readonly string[]> = (raw) => {
  const list = listOf(/^\S+$/, "networks by comma, 192.0.2.0/24")(raw);
  if (!("value" in list)) return list;
  const reasons = list.value.flatMap((cidr) => sourceProblem(cidr) ?? []);
  return reasons.length === 0 ? list : { allowed: `networks by comma, 192.0.2.0/24: ${reasons.join("; ")}` };
};

const TAGS = 'an object of tags, {"Owner": "platform"}: at most 40, not Name, Project, Stack or aws:…';

const tags: Parser<Readonly<Record<string, string>>> = (raw) => {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return { allowed: TAGS };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { allowed: TAGS };
  const entries = Object.entries(value);
  const good = entries.every(
    ([key, text]) =>
      /^[\w .:/=+@-]{1,128}$/.test(key) &&
      !/^(aws:|(Name|Project|Stack)$)/.test(key) &&
      typeof text === "string" &&
      /^[\w .:/=+@-]{0,256}$/.test(text),
  );
  return good && entries.length <= 40 ? { value: value as Record<string, string> } : { allowed: TAGS };
};

const subnets = listOf(/^subnet-[0-9a-f]{8,17}$/, "ids of subnets by comma, subnet-0123456789abcdef0");

const instanceType = text(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, "an instance type, m7i.large");

export const awsParsers: { [K in keyof Required<AwsSettings>]: Parser<AwsSettings[K]> } = {
  awsRegion: text(/^([a-z]+(-[a-z]+)+-\d+)?$/, "a region, eu-central-1"),
  awsAccount: optional(text(/^\d{12}$/, "an account's 12 digits, in quotes")),
  awsZones: listOf(/^[a-z0-9-]+$/, "names of zones by comma, eu-central-1a,eu-central-1b"),
  awsVpcCidr: checked(vpcCidrProblem),
  awsNatGateways: oneOf("one", "perZone"),
  awsVpc: optional(text(/^vpc-[0-9a-f]{8,17}$/, "a VPC's id, vpc-0123456789abcdef0")),
  awsPublicSubnets: subnets,
  awsPrivateSubnets: subnets,
  awsArchitecture: optional(oneOf("amd64", "arm64")),
  awsControlPlaneType: instanceType,
  awsInstanceType: instanceType,
  awsSpot: flag,
  awsImage: optional(checked(imageProblem)),
  awsDiskGib: integer(8, 16384),
  awsBastion: flag,
  awsSshCidrs: sources,
  awsApiPublic: flag,
  awsApiCidrs: sources,
  awsTerminationProtection: flag,
  awsTags: tags,
};

const NOT_SET = "(not set)";

const shown = (list: readonly string[]): string => (list.length === 0 ? NOT_SET : list.join(","));

/** Of a stack's name, which the load balancer's is made of. */
const MAX_STACK_NAME = MAX_ENDPOINT_NAME - "-api".length;

/** What is wrong with the name of a stack of machines, which is in the machines' names and the load balancer's. */
export function awsNameMistakes(stack: string, nodes: number): Mistake[] {
  return stack.length <= MAX_STACK_NAME && machineNameProblem(`${stack}-${nodes}`) === undefined
    ? []
    : [
        {
          key: "stack's name",
          value: stack,
          allowed: `at most ${MAX_STACK_NAME} lower-case letters, digits and dashes, no dash first: machines and load balancer take no other`,
        },
      ];
}

/** What is wrong with a stack's place on AWS: account, region, network. */
export function awsNetworkMistakes(settings: AwsSettings & { podCidr: string; serviceCidr: string }): Mistake[] {
  const { awsRegion, awsVpc, awsZones, awsVpcCidr, awsPrivateSubnets, awsPublicSubnets } = settings;
  const mistakes: Mistake[] = [];
  if (awsRegion === "") mistakes.push({ key: "awsRegion", value: NOT_SET, allowed: "the region, eu-central-1" });
  if (awsVpc !== undefined) {
    if (awsPrivateSubnets.length < 2) {
      const allowed = `two private subnets of ${awsVpc} or more, of different zones`;
      mistakes.push({ key: "awsPrivateSubnets", value: shown(awsPrivateSubnets), allowed });
    }
    return mistakes;
  }
  for (const [key, list] of Object.entries({ awsPublicSubnets, awsPrivateSubnets }))
    if (list.length > 0) mistakes.push({ key, value: shown(list), allowed: "nothing without awsVpc, whose they are" });
  const elsewhere = awsZones.filter((zone) => !zone.startsWith(awsRegion));
  const reasons = [
    ...zoneProblems(awsZones),
    ...(elsewhere.length > 0 ? [`${elsewhere.join(", ")} is not in awsRegion ${awsRegion}`] : []),
  ];
  for (const reason of reasons) {
    const allowed = `two zones of the region or more, eu-central-1a,eu-central-1b: ${reason}`;
    mistakes.push({ key: "awsZones", value: shown(awsZones), allowed });
  }
  for (const key of ["podCidr", "serviceCidr"] as const)
    if (overlaps(parseCidr(awsVpcCidr), parseCidr(settings[key])))
      mistakes.push({ key: "awsVpcCidr", value: awsVpcCidr, allowed: `a network apart from ${key} ${settings[key]}` });
  return mistakes;
}

/** What is wrong with machines on AWS, beside their network. */
export function awsMachineMistakes(settings: AwsSettings, hostArchitecture: AwsArchitecture): Mistake[] {
  const { awsArchitecture = hostArchitecture, awsImage, awsSshCidrs, awsApiPublic, awsApiCidrs, awsBastion } = settings;
  const mistakes: Mistake[] = [];
  if (awsImage === undefined) {
    const allowed = "the image of the machines: ami-…, or a release and its build, debian-13@20251117-2299";
    mistakes.push({ key: "awsImage", value: NOT_SET, allowed });
  }
  for (const key of ["awsControlPlaneType", "awsInstanceType"] as const) {
    const reason = instanceTypeProblem(settings[key], awsArchitecture);
    if (reason !== undefined)
      mistakes.push({ key, value: settings[key], allowed: `a type of awsArchitecture ${awsArchitecture}: ${reason}` });
  }
  if (awsSshCidrs.length === 0) {
    const allowed = `networks that SSH may come from${awsBastion ? " to the bastion" : ""}, by comma, 192.0.2.0/24`;
    mistakes.push({ key: "awsSshCidrs", value: NOT_SET, allowed });
  }
  if (awsApiCidrs.length === 0) {
    const allowed = `networks that the API server is asked from, by comma: ${awsApiPublic ? "192.0.2.0/24" : "that of the VPC, or one joined to it"}`;
    mistakes.push({ key: "awsApiCidrs", value: NOT_SET, allowed });
  }
  for (const key of ["awsBastion", "awsApiPublic"] as const)
    if (settings[key] && settings.awsVpc !== undefined && settings.awsPublicSubnets.length === 0)
      mistakes.push({ key, value: "true", allowed: "false, or awsPublicSubnets with a subnet for it" });
  return mistakes;
}
