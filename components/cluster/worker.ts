import { local, type remote } from "@pulumi/command";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../node-pool/machine";
import { FLANNEL_ADDRESS, SYSTEM } from "./addons";
import { nodePodCidr } from "./addresses";
import { drainedBefore } from "./drain";
import { type JoinSecret, joinSecretProgram, tokenId } from "./join-token";
import type { Settings } from "./kubeadm-args";
import { API_PORT, joinConfig } from "./kubeadm-config";
import { joinLifetime } from "./lifetime";
import { nodeCommand } from "./node-command";
import type { ControlPlaneResult } from "./result";

/** Group that kubeadm's rules let ask for a node certificate. */
const JOIN_GROUP = "system:bootstrappers:kubeadm:default-node-token";

/** The cluster that a worker joins. */
export interface JoinedCluster {
  settings: Settings;
  /** What machines know it by. */
  id: pulumi.Input<string>;
  controlPlane: pulumi.Output<ControlPlaneResult>;
  kubeconfig: pulumi.Input<string>;
  component: pulumi.Resource;
  /** Options of an object in it. */
  inCluster: pulumi.CustomResourceOptions;
}

/** The worker's node, its join token, the join itself, and what empties the node again; gives what makes it usable. */
export function declareWorker(name: string, machine: Machine, cluster: JoinedCluster): remote.Command {
  const { settings, id, component } = cluster;
  const node = declareNode(`${name}-node`, machine, cluster);
  const { token, expires, resource } = declareJoinToken(name, machine, cluster);
  const address = pulumi.output(settings.controlPlane.address);
  const inputs = {
    join_config: Buffer.from(joinConfig({ nodeName: machine.name })).toString("base64"),
    endpoint: pulumi.interpolate`${address}:${API_PORT}`,
    ca_cert: pulumi.unsecret(cluster.controlPlane).caCert,
    token_expires: expires,
  };
  const join = nodeCommand(
    `${name}-join`,
    { machine, role: "worker", clusterId: id, settings, inputs, secrets: { token } },
    { parent: component, dependsOn: [node, resource] },
  );
  const { deletedWith } = cluster.inCluster;
  const request = { node: machine.name, timeoutSeconds: settings.drainSeconds };
  drainedBefore(`${name}-drain`, request, cluster.kubeconfig, { parent: component, dependsOn: [join], deletedWith });
  return join;
}

/** Declared before the machine joins: its kubelet takes it over, and it goes when the machine does. */
function declareNode(name: string, machine: Machine, { settings, inCluster }: JoinedCluster): kubernetes.core.v1.Node {
  const podCIDR = nodePodCidr(settings.podCidr, machine.index);
  return new kubernetes.core.v1.Node(
    name,
    {
      metadata: {
        name: machine.name,
        labels: { "node-role.kubernetes.io/worker": "" },
        ...(settings.network === "overlay" ? { annotations: { [FLANNEL_ADDRESS]: machine.address } } : {}),
      },
      spec: { podCIDR, podCIDRs: [podCIDR] },
    },
    // kubeadm lets no machine join as a node that counts as ready, so a new machine's node begins anew too.
    { ...inCluster, ...joinLifetime(machine, settings.controlPlane), deleteBeforeReplace: true },
  );
}

interface JoinToken {
  token: pulumi.Output<string>;
  expires: pulumi.Output<string>;
  resource: pulumi.Resource;
}

function declareJoinToken(
  name: string,
  machine: Machine,
  { settings, component, inCluster }: JoinedCluster,
): JoinToken {
  const made = new local.Command(
    `${name}-join-secret`,
    {
      interpreter: ["node", "-e"],
      create: joinSecretProgram(settings.joinTokenHours),
      logging: local.Logging.None,
      addPreviousOutputInEnv: false,
    },
    {
      parent: component,
      additionalSecretOutputs: ["stdout"],
      // Running it again would make another secret, and the worker would join again; a new machine has to, and
      // every machine when the cluster is another one. The secret of old may have run out.
      ignoreChanges: ["*"],
      ...joinLifetime(machine, settings.controlPlane),
    },
  );
  const secret = pulumi.secret(made.stdout).apply((stdout) => JSON.parse(stdout) as JoinSecret);
  const id = tokenId(settings.clusterName, machine.name);
  const expires = pulumi.unsecret(secret.expires);
  const resource = new kubernetes.core.v1.Secret(
    `${name}-join-token`,
    {
      metadata: { name: `bootstrap-token-${id}`, namespace: SYSTEM },
      type: "bootstrap.kubernetes.io/token",
      stringData: {
        description: `Lets ${machine.name} join`,
        "token-id": id,
        "token-secret": secret.secret,
        expiration: expires,
        "usage-bootstrap-authentication": "true",
        "auth-extra-groups": JOIN_GROUP,
      },
    },
    inCluster,
  );
  return { token: pulumi.interpolate`${id}.${secret.secret}`, expires, resource };
}
