import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** On the PATH of this project's commands, and of those that npm runs where the package is installed. */
const PROGRAM = "ofwasm-drain";

/** Beyond the program's own deadline: what ends one that hangs. */
const MARGIN_SECONDS = 60;

/** What the command reads on its standard input, as JSON. */
export interface DrainRequest {
  kubeconfig: string;
  /** The node whose pods are to go elsewhere. */
  node: string;
  /** How long they may take. */
  timeoutSeconds: number;
}

/**
 * What empties a worker's node when its machine leaves the cluster: it takes no more pods, and those that it has are
 * evicted, as their disruption budgets allow. Nothing is run until then, nor when its inputs change.
 *
 * @param kubeconfig of an administrator; kept as a secret, and read from standard input
 * @param opts with what it goes before, such as the join; and `deletedWith` what the cluster goes with: nobody drains
 *   the nodes of a cluster that goes as a whole
 */
export function drainedBefore(
  name: string,
  request: Omit<DrainRequest, "kubeconfig">,
  kubeconfig: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const text = (known: string): string => JSON.stringify({ kubeconfig: known, ...request } satisfies DrainRequest);
  // No triggers, nor anything else that replaces it: that would drain a node that stays.
  return new local.Command(
    name,
    { delete: PROGRAM, stdin: pulumi.secret(kubeconfig).apply(text), addPreviousOutputInEnv: false },
    { ...opts, customTimeouts: { delete: `${request.timeoutSeconds + MARGIN_SECONDS}s` } },
  );
}
