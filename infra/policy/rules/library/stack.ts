import { isLasting, lostWith } from "../../../lasting";
import { isInTheOpen, type Rule, when } from "../../rule";
import { isMissing } from "../../values";

/** Charts and files as one resource: what is in them is in no diff and meets no rule. */
const OPAQUE = [
  "kubernetes:helm.sh/v3:Release",
  "kubernetes:helm.sh/v3:Chart",
  "kubernetes:helm.sh/v4:Chart",
  "kubernetes:yaml:ConfigFile",
  "kubernetes:yaml:ConfigGroup",
  "kubernetes:yaml/v2:ConfigFile",
  "kubernetes:yaml/v2:ConfigGroup",
  "kubernetes:kustomize:Directory",
  "kubernetes:kustomize/v2:Directory",
];

export const stackRules: readonly Rule[] = [
  {
    name: "stack-protected",
    description: "In production what must not be lost is protected: no run deletes it.",
    level: "mandatory",
    remedy: "give it the option protect: true",
    on: isLasting,
    judge: ({ type, name, production, protect }) => {
      const lost = lostWith(type, name);
      return when(production && !protect && lost !== undefined, `the next run that does not want it deletes ${lost}`);
    },
  },
  {
    name: "stack-objects",
    description: "Every object of a cluster is a resource, with a diff and rules of its own.",
    level: "mandatory",
    remedy: "render the chart or read the file, and declare its objects with Manifests",
    on: (type) => OPAQUE.includes(type),
    judge: ({ type }) => [`it is a ${type.split(":").at(-1)}: many objects in one`],
  },
  {
    name: "stack-code-in-state",
    description: "No code is kept in the state: whoever writes there would run it.",
    level: "mandatory",
    remedy: "use a command with a script of the project, or a provider",
    on: (type) => type.startsWith("pulumi-nodejs:dynamic:") || type.startsWith("pulumi-python:dynamic:"),
    judge: () => ["it is a dynamic resource, whose code is in the state"],
  },
  {
    name: "stack-secret-kubeconfig",
    description: "The kubeconfig of a provider is kept as a secret.",
    level: "mandatory",
    remedy: "wrap it with pulumi.secret",
    on: (type) => type === "pulumi:providers:kubernetes",
    judge: (resource) => when(isInTheOpen(resource, "kubeconfig"), "kubeconfig is in the open in the state"),
  },
  {
    name: "stack-cluster-identifier",
    description: "A Kubernetes provider says which cluster it speaks to, so that new credentials replace no object.",
    level: "mandatory",
    remedy: "set clusterIdentifier to something that stays as long as the cluster does",
    on: (type) => type === "pulumi:providers:kubernetes",
    judge: ({ inputs }) => when(isMissing(inputs.clusterIdentifier), "clusterIdentifier is not set"),
  },
  {
    name: "stack-aws-keys",
    description: "AWS is not reached with a key in the configuration.",
    level: "mandatory",
    remedy: "let the AWS provider find the credentials: AWS_PROFILE, SSO, or a role to assume",
    on: (type) => type === "pulumi:providers:aws",
    judge: ({ inputs }) =>
      ["accessKey", "secretKey", "token"]
        .filter((field) => !isMissing(inputs[field]))
        .map((field) => `${field} is in the provider's configuration`),
  },
];
