import type { Rule } from "../../rule";
import { at, items, text, texts } from "../../values";
import { ofKinds } from "./object";

const ROLES = ofKinds("Role", "ClusterRole");
const BINDINGS = ofKinds("RoleBinding", "ClusterRoleBinding");

/** Groups and users that everyone who reaches the API server is of. */
const EVERYONE = ["system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts"];

/** Verbs with which an account gives itself what it does not have. */
const ESCALATING = ["bind", "escalate", "impersonate"];

/** Of a Role or ClusterRole, one line for each rule that is wrong. */
const ofRules =
  (judge: (rule: ReturnType<typeof ruleOf>) => string | undefined): Rule["judge"] =>
  ({ inputs }) =>
    items(inputs.rules).flatMap((rule, index) => {
      const wrong = judge(ruleOf(rule));
      return wrong === undefined ? [] : [`rules[${index}] ${wrong}`];
    });

const ruleOf = (rule: Parameters<typeof at>[0]) => ({
  verbs: texts(at(rule, "verbs")),
  groups: texts(at(rule, "apiGroups")),
  resources: texts(at(rule, "resources")),
});

export const accessRules: readonly Rule[] = [
  {
    name: "kubernetes-cluster-admin",
    description: "Nobody is made cluster-admin.",
    level: "mandatory",
    remedy: "write a ClusterRole with what is needed",
    on: BINDINGS,
    judge: ({ inputs }) =>
      text(at(inputs, "roleRef", "name")) === "cluster-admin"
        ? items(inputs.subjects).map(
            (subject) => `${text(at(subject, "kind"))} ${text(at(subject, "name"))} gets cluster-admin`,
          )
        : [],
  },
  {
    name: "kubernetes-wildcard-rights",
    description: "Roles name what they allow.",
    level: "mandatory",
    remedy: "list apiGroups, resources and verbs",
    on: ROLES,
    judge: ofRules(({ verbs, groups, resources }) => {
      const wild = Object.entries({ verbs, apiGroups: groups, resources }).filter(([, list]) => list.includes("*"));
      return wild.length === 0 ? undefined : `allows every one of ${wild.map(([name]) => name).join(", ")}`;
    }),
  },
  {
    name: "kubernetes-escalating-rights",
    description: "No role lets its holder take rights that it does not have.",
    level: "mandatory",
    remedy: "leave out the verbs bind, escalate and impersonate",
    on: ROLES,
    judge: ofRules(({ verbs }) => {
      const found = verbs.filter((verb) => ESCALATING.includes(verb));
      return found.length === 0 ? undefined : `allows ${found.join(" and ")}`;
    }),
  },
  {
    name: "kubernetes-every-secret",
    description: "No role reads the Secrets of the whole cluster.",
    level: "mandatory",
    remedy: "use a Role in the namespaces that it is needed in, or name the Secrets in resourceNames",
    on: ofKinds("ClusterRole"),
    judge: ({ inputs }) =>
      items(inputs.rules).flatMap((rule, index) => {
        const { verbs, groups, resources } = ruleOf(rule);
        const reads = ["get", "list", "watch"].some((verb) => verbs.includes(verb));
        const named = texts(at(rule, "resourceNames")).length > 0;
        return reads && !named && groups.includes("") && resources.includes("secrets")
          ? [`rules[${index}] reads every Secret`]
          : [];
      }),
  },
  {
    name: "kubernetes-anonymous-rights",
    description: "Nothing is bound to everyone who reaches the API server.",
    level: "mandatory",
    remedy: "name the accounts",
    on: BINDINGS,
    judge: ({ inputs }) =>
      items(inputs.subjects)
        .map((subject) => text(at(subject, "name")) ?? "")
        .filter((name) => EVERYONE.includes(name))
        .map((name) => `${name} is bound to ${text(at(inputs, "roleRef", "name"))}`),
  },
];
