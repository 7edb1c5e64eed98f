import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { FunctionSpec } from "./args";
import { gitSecret, registrySecret } from "./credentials";
import { type CompanionNames, isDirect } from "./description";
import { field } from "./values";

/**
 * Declares what a function needs beside what serves it: ConfigMap and Secrets, each in the one namespace where it is
 * read, which is the function's own, but for those of a build in a Job. Their names are generated and their content is fixed: another content is another object, which rolls the pods that name it.
 */
export function declareCompanions(
  name: string,
  spec: FunctionSpec,
  opts: pulumi.CustomResourceOptions,
): { names: CompanionNames; objects: pulumi.Resource[] } {
  const { namespace, labels, config, secrets } = spec;
  const metadata = { namespace, ...field("labels", labels) };
  const job = isDirect(spec) ? spec.build?.job : undefined;
  const registry = registrySecret(spec, namespace);
  const push = job && registrySecret(spec, job.namespace);
  const git = gitSecret(spec, job?.namespace ?? namespace);
  const made = {
    config:
      config && new k8s.core.v1.ConfigMap(`${name}-config`, { metadata, data: config.data, immutable: true }, opts),
    secrets:
      secrets &&
      new k8s.core.v1.Secret(`${name}-secrets`, { metadata, stringData: secrets.data, immutable: true }, opts),
    imageCredentials: registry && new k8s.core.v1.Secret(`${name}-registry`, { ...registry, immutable: true }, opts),
    pushCredentials: push && new k8s.core.v1.Secret(`${name}-push`, { ...push, immutable: true }, opts),
    gitCredentials: git && new k8s.core.v1.Secret(`${name}-git`, { ...git, immutable: true }, opts),
  };
  const there = Object.entries(made).flatMap(([kind, object]) =>
    object === undefined ? [] : [[kind, object] as const],
  );
  return {
    names: Object.fromEntries(there.map(([kind, object]) => [kind, object.metadata.name])),
    objects: there.map(([, object]) => object),
  };
}
