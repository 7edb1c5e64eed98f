import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject } from "../manifests";

/** On the PATH of this project's commands, and of those that npm runs where the package is installed. */
const PROGRAM = "ofwasm-custom-objects";

/** Controllers end what they run first: a Knative route its pods, a build its own. */
const TIMEOUT_SECONDS = 300;

/** A kind that a layer defines. */
export interface CustomKind {
  group: string;
  /** One that is served; the stored one where that is, so that no conversion is asked for. */
  version: string;
  plural: string;
  /** Objects of it that the layer declares itself, `namespace/name` or `name`. */
  kept: readonly string[];
}

/** What the command reads on its standard input, as JSON. */
export interface CustomObjectsRequest {
  kubeconfig: string;
  kinds: readonly CustomKind[];
  timeoutSeconds: number;
}

/**
 * What removes everybody's objects of a layer's kinds when the layer goes: before its controllers, which alone take
 * off the finalizers that they put on. Without it those objects would go with their definitions, after the controllers,
 * and whoever has a finalizer never. Nothing is run until then, nor when its inputs change.
 *
 * @param objects of the layer
 * @param kubeconfig of an administrator; kept as a secret, and read from standard input
 * @param opts with what it goes before: everything that the layer declares
 * @returns nothing for a layer that defines no kinds
 */
export function removedBefore(
  name: string,
  objects: readonly KubernetesObject[],
  kubeconfig: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource | undefined {
  const kinds = customKinds(objects);
  if (kinds.length === 0) return undefined;
  const request = (known: string): string =>
    JSON.stringify({ kubeconfig: known, kinds, timeoutSeconds: TIMEOUT_SECONDS } satisfies CustomObjectsRequest);
  // No triggers: a replacement deletes the old one, and so the objects of users.
  return new local.Command(
    `${name}-custom-objects`,
    { delete: PROGRAM, stdin: pulumi.secret(kubeconfig).apply(request), addPreviousOutputInEnv: false },
    opts,
  );
}

/** The kinds that objects define, each with those objects that are of it. */
export function customKinds(objects: readonly KubernetesObject[]): CustomKind[] {
  return objects
    .filter(({ kind }) => kind === "CustomResourceDefinition")
    .map(({ spec }) => {
      const { group, names, versions } = spec as unknown as DefinitionSpec;
      return {
        group,
        version: servedVersion(versions),
        plural: names.plural,
        kept: objects
          .filter(({ apiVersion, kind }) => kind === names.kind && apiVersion.startsWith(`${group}/`))
          .map(({ metadata: { namespace, name } }) => (namespace === undefined ? name : `${namespace}/${name}`)),
      };
    });
}

function servedVersion(versions: DefinitionSpec["versions"]): string {
  const served = versions.filter((one) => one.served);
  // None at all: there is nothing to ask for, and whoever asks is told so.
  return (served.find(({ storage }) => storage) ?? served[0] ?? versions[0]!).name;
}

interface DefinitionSpec {
  group: string;
  names: { kind: string; plural: string };
  /** One of them is the stored one, as the API server demands. */
  versions: readonly { name: string; storage: boolean; served: boolean }[];
}
