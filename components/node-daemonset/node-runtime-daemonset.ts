import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type KubernetesObject, Manifests } from "../manifests";
import { isBuiltThere } from "../node-runtime";
import { dockerConfig, type RegistryLogin } from "../registry";
import { DAEMONSET } from "./names";
import { type DeliverySpec, deliveryObjects } from "./objects";
import { type DeliveredNode, parseDeliveredNodes } from "./result";

/** On the PATH of this project's commands, and of those that npm runs where the package is installed. */
const PROGRAM = "ofwasm-node-roll";

/** Seconds that one roll over all nodes may take; each takes some seconds, or minutes where it compiles crun. */
const ROLL_SECONDS = { payload: 1_800, node: 7_200 };

/** What the command reads on its standard input, as JSON. */
export interface NodeRollRequest {
  kubeconfig: string;
  namespace: string;
  daemonSet: string;
  /** What is to be on every node; see `deliveryObjects`. */
  generation: string;
  /** Node that goes first. Absent: the first by name. */
  canary?: string;
  timeoutSeconds: number;
}

export interface NodeRuntimeDaemonSetArgs extends Omit<DeliverySpec, "imagePullSecret"> {
  /** Administrator's kubeconfig, with which the roll is followed; kept as a secret. */
  kubeconfig: pulumi.Input<string>;
  /** Login of the registry that the image is pulled from. Default: none. */
  imageCredentials?: { server: string; login: pulumi.Input<RegistryLogin> };
}

/** Name of the Secret that pods pull with. */
const PULL_SECRET = `${DAEMONSET}-registry`;

/**
 * WebAssembly on the nodes of a cluster that nobody here has a login on: a DaemonSet brings the same transaction that
 * `NodeRuntime` sends over SSH to each node, one at a time, and marks those that proved it.
 *
 * Creating or changing it waits until every node is proved, and fails with the reason of the first that is not: those
 * after it are left as they were. Removing it gives the nodes back, one at a time, before the DaemonSet goes. Nodes
 * that join later get the runtime by themselves.
 */
export class NodeRuntimeDaemonSet extends pulumi.ComponentResource {
  /** Nodes that were proved when the roll ended. */
  readonly nodes: pulumi.Output<DeliveredNode[]>;
  /** What must exist before a pod may ask for WebAssembly. */
  readonly proved: pulumi.Resource;

  /** @throws as `deliveryObjects` does */
  constructor(name: string, args: NodeRuntimeDaemonSetArgs, opts?: pulumi.ComponentResourceOptions) {
    const { kubeconfig, imageCredentials, ...rest } = args;
    const spec = imageCredentials === undefined ? rest : { ...rest, imagePullSecret: PULL_SECRET };
    const { generation, namespace, objects } = deliveryObjects(spec);
    if (imageCredentials !== undefined) objects.push(pullSecret(namespace, imageCredentials));
    const { versions, sha256 } = spec.payload.manifest;
    super("ofwasm:index:NodeRuntimeDaemonSet", name, { versions, payload: `sha256:${sha256}`, namespace }, opts);

    // Pods are not ready before their node's turn: the command below is what waits, and knows why.
    const delivery = new Manifests(
      `${name}-delivery`,
      { objects, await: "none" },
      { parent: this, dependsOn: opts?.dependsOn },
    );
    const timeoutSeconds = ROLL_SECONDS[isBuiltThere(spec.payload) ? "node" : "payload"];
    const request = (known: string): string =>
      JSON.stringify({
        kubeconfig: known,
        namespace,
        daemonSet: DAEMONSET,
        generation,
        ...(spec.canary === undefined ? {} : { canary: spec.canary }),
        timeoutSeconds,
      } satisfies NodeRollRequest);
    const command = {
      stdin: pulumi.secret(kubeconfig).apply(request),
      logging: local.Logging.Stderr,
      addPreviousOutputInEnv: false,
    };
    const options = { parent: this, customTimeouts: timeouts(timeoutSeconds) };
    // By itself, for a roll that fails is in no state: the nodes before the one that stopped it have the runtime then.
    // No triggers: a replacement would give the nodes back after they got the new generation.
    const givenBack = new local.Command(
      `${name}-give-back`,
      { ...command, delete: `${PROGRAM} remove` },
      { ...options, dependsOn: [...delivery.objects] },
    );
    const roll = new local.Command(
      `${name}-roll`,
      { ...command, create: `${PROGRAM} await` },
      { ...options, dependsOn: [givenBack] },
    );

    this.proved = roll;
    // Secret only because the kubeconfig is: what the command prints is made to be shown.
    this.nodes = pulumi.unsecret(roll.stdout).apply(parseDeliveredNodes);
    this.registerOutputs({ nodes: this.nodes });
  }
}

/** Beyond the command's own, which says what it waited for. */
function timeouts(seconds: number): pulumi.CustomTimeouts {
  const time = `${seconds + 60}s`;
  return { create: time, update: time, delete: time };
}

const pullSecret = (
  namespace: string,
  { server, login }: NonNullable<NodeRuntimeDaemonSetArgs["imageCredentials"]>,
): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: PULL_SECRET, namespace },
  type: "kubernetes.io/dockerconfigjson",
  stringData: pulumi.secret(login).apply((known) => dockerConfig({ [server]: known })),
});
