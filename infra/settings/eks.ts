import { addonVersionProblem, principalProblem } from "../../components/eks/problems";
import type { AwsSettings } from "./aws";
import type { Mistake, Parser } from "./parse";
import { listOf } from "./platform";

/** What a stack with a managed control plane is told beside what every stack on AWS is. */
export interface EksSettings {
  /** ARNs of the roles and users that administer the cluster. */
  eksAdmins: readonly string[];
  /** Versions of EKS's add-ons. Absent when not set. */
  eksAddons?: EksAddonVersions;
}

/** As `aws eks describe-addon-versions` prints them. */
export interface EksAddonVersions {
  vpcCni: string;
  kubeProxy: string;
  coreDns: string;
}

const ADDONS: readonly string[] = ["coreDns", "kubeProxy", "vpcCni"] satisfies (keyof EksAddonVersions)[];

const ADMINS = "ARNs of roles and users by comma, arn:aws:iam::123456789012:role/admin";

const admins: Parser<readonly string[]> = (raw) => {
  const list = listOf(/^\S+$/, ADMINS)(raw);
  if (!("value" in list)) return list;
  const reasons = list.value.flatMap((arn) => principalProblem(arn) ?? []);
  return reasons.length === 0 ? list : { allowed: `${ADMINS}: ${reasons.join("; ")}` };
};

const ADDON_VERSIONS =
  'an object with vpcCni, kubeProxy and coreDns, each a version that "aws eks describe-addon-versions" prints';

const addons: Parser<EksAddonVersions | undefined> = (raw) => {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    return { allowed: ADDON_VERSIONS };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { allowed: ADDON_VERSIONS };
  const versions = value as Record<string, unknown>;
  const keys = Object.keys(versions).sort();
  if (keys.length === 0) return { value: undefined };
  if (keys.join() !== ADDONS.join()) return { allowed: ADDON_VERSIONS };
  const reasons = keys.flatMap((key) => addonVersionProblem(String(versions[key])) ?? []);
  return reasons.length === 0
    ? { value: versions as unknown as EksAddonVersions }
    : { allowed: `${ADDON_VERSIONS}: ${reasons.join("; ")}` };
};

export const eksParsers: { [K in keyof Required<EksSettings>]: Parser<EksSettings[K]> } = {
  eksAdmins: admins,
  eksAddons: addons,
};

const NOT_SET = "(not set)";

/** GiB that the volume of EKS's image has. */
const MIN_DISK_GIB = 20;

/** The longest name made of the stack's is that of the role `-cluster-network`: IAM takes 64, the engine's suffix 8. */
const MAX_STACK_NAME = 40;

/** What is wrong with the name of a stack on EKS, which is the cluster's too. */
export const eksNameMistakes = (stack: string): Mistake[] =>
  /^[A-Za-z0-9][A-Za-z0-9-]*$/.test(stack) && stack.length <= MAX_STACK_NAME
    ? []
    : [
        {
          key: "stack's name",
          value: stack,
          allowed: `at most ${MAX_STACK_NAME} letters, digits and dashes, no dash first: EKS and IAM take no other`,
        },
      ];

/** What is wrong with a managed cluster and its nodes, beside their network. */
export function eksMistakes(settings: AwsSettings & EksSettings): Mistake[] {
  const { eksAdmins, eksAddons, awsImage, awsDiskGib, awsApiPublic, awsApiCidrs } = settings;
  const mistakes: Mistake[] = [];
  if (eksAdmins.length === 0)
    mistakes.push({ key: "eksAdmins", value: NOT_SET, allowed: `${ADMINS}, and that of whoever runs this among them` });
  if (eksAddons === undefined) mistakes.push({ key: "eksAddons", value: NOT_SET, allowed: ADDON_VERSIONS });
  if (awsImage === undefined || !awsImage.startsWith("ami-"))
    mistakes.push({
      key: "awsImage",
      value: awsImage ?? NOT_SET,
      allowed: "the id of an image of Amazon Linux 2023 for EKS, of the cluster's minor release: ami-…",
    });
  if (awsDiskGib < MIN_DISK_GIB)
    mistakes.push({ key: "awsDiskGib", value: `${awsDiskGib}`, allowed: `${MIN_DISK_GIB} or more, as the image has` });
  if (awsApiPublic && awsApiCidrs.length === 0)
    mistakes.push({
      key: "awsApiCidrs",
      value: NOT_SET,
      allowed: "networks that the API server is asked from, by comma, 192.0.2.0/24, or awsApiPublic false",
    });
  return mistakes;
}
