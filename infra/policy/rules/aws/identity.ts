import { ofTypes, type Resource, type Rule } from "../../rule";
import { at, fields, isMissing, items, texts } from "../../values";
import { allowed, type Statement, statementsOf } from "./documents";

const ROLE = "aws:iam/role:Role";
const POLICIES = [
  "aws:iam/policy:Policy",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/groupPolicy:GroupPolicy",
  "aws:iam/userPolicy:UserPolicy",
];

/** What a role, or whoever has a policy, may do. */
const grantedBy = ({ type, inputs }: Resource): Statement[] =>
  allowed(
    type === ROLE
      ? items(inputs.inlinePolicies).flatMap((one) => statementsOf(at(one, "policy")))
      : statementsOf(inputs.policy),
  );

/** Who may take a role. */
const trustedBy = ({ inputs }: Resource): Statement[] => allowed(statementsOf(inputs.assumeRolePolicy));

const onGrants = ofTypes(ROLE, ...POLICIES);

/** What AWS grants on everything or not at all, most of it reading; the rest is what a machine's sessions need. */
const ON_EVERYTHING =
  /^([a-z0-9-]+:(Describe|List|Get)[A-Za-z*]*|ssmmessages:(Create|Open)(Control|Data)Channel|ssm:UpdateInstanceInformation)$/;

const FULL_POLICIES = /policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/;

/** Managed policies of an attachment, or of a role itself. */
const attachedTo = ({ inputs }: Resource): string[] => [...texts(inputs.policyArn), ...texts(inputs.managedPolicyArns)];

/** Whether a condition names one subject of an identity provider. */
const namesSubject = (condition: Statement["condition"]): boolean =>
  ["StringEquals", "StringLike"].some((operator) =>
    Object.entries(fields(condition[operator])).some(
      ([key, value]) => key.endsWith(":sub") && !isMissing(value) && !texts(value).includes("*"),
    ),
  );

export const identityRules: readonly Rule[] = [
  {
    name: "aws-every-action",
    description: "No policy allows every action, or every action of a service.",
    level: "mandatory",
    remedy: "list the actions that are needed",
    on: onGrants,
    judge: (resource) =>
      grantedBy(resource).flatMap(({ where, actions }) =>
        actions
          .filter((action) => action === "*" || action.endsWith(":*"))
          .map((action) => `${where} allows ${action}`),
      ),
  },
  {
    name: "aws-every-resource",
    description: "What a policy allows it allows on named resources; reading and listing may be on all.",
    level: "mandatory",
    remedy: "name the ARNs; where AWS knows none for the action, write a waiver that says so",
    on: onGrants,
    judge: (resource) =>
      grantedBy(resource)
        .filter(({ resources, condition }) => resources.includes("*") && Object.keys(condition).length === 0)
        .flatMap(({ where, actions }) =>
          actions
            .filter((action) => !ON_EVERYTHING.test(action))
            .map((action) => `${where} allows ${action} on everything`),
        ),
  },
  {
    name: "aws-administrator",
    description: "Nobody is made an administrator of the account.",
    level: "mandatory",
    remedy: "write a policy with what is needed",
    on: ofTypes(
      ROLE,
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      "aws:iam/policyAttachment:PolicyAttachment",
      "aws:iam/userPolicyAttachment:UserPolicyAttachment",
      "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    ),
    judge: (resource) =>
      attachedTo(resource)
        .filter((arn) => FULL_POLICIES.test(arn))
        .map((arn) => `it gets ${arn.split("/").at(-1)}`),
  },
  {
    name: "aws-trust",
    description: "A role says who may take it.",
    level: "mandatory",
    remedy: "name the service, the account with a condition, or the identity provider in Principal",
    on: ofTypes(ROLE),
    judge: (resource) =>
      trustedBy(resource)
        .filter(({ principals }) => principals.includes("*"))
        .map(({ where }) => `assumeRolePolicy: ${where} lets everyone take it`),
  },
  {
    name: "aws-trust-subject",
    description: "A role for accounts of a cluster names the account: else every pod of the cluster may take it.",
    level: "mandatory",
    remedy: "add a condition StringEquals on the provider's :sub",
    on: ofTypes(ROLE),
    judge: (resource) =>
      trustedBy(resource)
        .filter(
          ({ actions, condition }) => actions.includes("sts:AssumeRoleWithWebIdentity") && !namesSubject(condition),
        )
        .map(({ where }) => `assumeRolePolicy: ${where} has no condition on :sub`),
  },
  {
    name: "aws-lasting-keys",
    description: "Nothing is given a key that never ends.",
    level: "mandatory",
    remedy: "use a role: of the instance, of the pod, or one to assume",
    on: ofTypes("aws:iam/accessKey:AccessKey", "aws:iam/user:User", "aws:iam/userLoginProfile:UserLoginProfile"),
    judge: ({ type }) => [`it is a ${type.split(":").at(-1)}`],
  },
];
