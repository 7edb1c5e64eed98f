import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../node-pool/machine";

/** Options that tie an object in a cluster to the machine under the cluster. */
export type Lifetime = Pick<
  pulumi.CustomResourceOptions,
  "deletedWith" | "replaceWith" | "replacementTrigger" | "deleteBeforeReplace"
>;

/** What tells a machine that outlives the stack from another one under the same name: its host key, without a comment. */
export const machineIdentity = ({ connection }: Machine): pulumi.Output<string> =>
  pulumi
    .unsecret(pulumi.output(connection))
    .apply(({ hostKey }) => pulumi.output(hostKey))
    .apply((hostKey) => hostKey.trim().split(/\s+/).slice(0, 2).join(" "));

/**
 * Lifetime of what is in a cluster: nothing of it is deleted one by one when the cluster goes, and all of it is made
 * again when the control plane is on another machine, because that is another cluster.
 *
 * @param controlPlane the machine that it runs on
 * @param command what makes the control plane there
 */
export function clusterLifetime(controlPlane: Machine, command: pulumi.Resource): Lifetime {
  const { resource } = controlPlane;
  if (resource !== undefined) return { deletedWith: resource, replaceWith: [resource] };
  return {
    deletedWith: command,
    replacementTrigger: machineIdentity(controlPlane),
    // There is one way to the cluster, and it leads to the new one: a delete afterwards would take the new object.
    deleteBeforeReplace: true,
  };
}

/** Lifetime of what lets one worker join: made again with the machine of either. */
export function joinLifetime(worker: Machine, controlPlane: Machine): Omit<Lifetime, "deletedWith"> {
  const machines = [worker, controlPlane];
  const resources = machines.flatMap(({ resource }) => (resource === undefined ? [] : [resource]));
  const others = machines.filter(({ resource }) => resource === undefined);
  return {
    ...(resources.length > 0 ? { replaceWith: resources } : {}),
    ...(others.length > 0 ? { replacementTrigger: pulumi.all(others.map(machineIdentity)) } : {}),
  };
}

/**
 * Options of a component, or of an object, that lives in a cluster: its objects share the cluster's provider and
 * lifetime. The engine hands down the provider and `deletedWith` alone, hence the transformation.
 */
export function inCluster(cluster: {
  provider: pulumi.ProviderResource;
  lifetime: Lifetime;
}): pulumi.ComponentResourceOptions & { provider: pulumi.ProviderResource } {
  const { provider, lifetime } = cluster;
  const { deletedWith, ...rest } = lifetime;
  const transform: pulumi.ResourceTransformation = ({ type, props, opts }) =>
    type.startsWith("kubernetes:") ? { props, opts: { ...opts, ...rest } } : undefined;
  return {
    provider,
    ...(deletedWith === undefined ? {} : { deletedWith }),
    ...(Object.keys(rest).length === 0 ? {} : { transformations: [transform] }),
  };
}
