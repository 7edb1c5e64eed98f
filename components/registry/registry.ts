import { createHash } from "node:crypto";
import { join } from "node:path";
import { local, remote } from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { namespaceObject } from "../manifests";
import type { Machine } from "../node-pool";
import { remoteScript } from "../remote";
import { dockerConfigSecret, type RegistryLogin } from "./docker-config";
import { type RegistrySpec, registryHost, registryHostsToml, registryObjects } from "./manifests";

/** Writing a file takes no time; these end what hangs. */
const TIMEOUTS = { create: "2m", update: "2m", delete: "2m" };

/** JavaScript that prints a password, for `node -e`: there wherever the program runs. */
const PASSWORD_PROGRAM = "process.stdout.write(require('node:crypto').randomBytes(24).toString('base64url'));";

export interface RegistryArgs extends Pick<RegistrySpec, "image" | "storage" | "filledFrom" | "nodeSelector"> {
  /** Name of its Deployment and Service. Default `registry`. */
  name?: string;
  /** Namespace of its own, which it makes. Default `images`. */
  namespace?: string;
  /** Who may push and pull; the password is made. Default `builder`. */
  username?: string;
  /** Machines of the cluster that pull from it. */
  machines: readonly Machine[];
  /** Their containerd's configuration file, which is read only. Default `/etc/containerd/config.toml`. */
  containerdConfig?: string;
}

/**
 * A registry of the stack's own, in the cluster, with a password that is made once and kept as a secret. Machines of
 * the cluster pull from it: each costs one command, which writes one file and takes it away again.
 *
 * Over plain HTTP: what builds push and machines pull crosses the cluster's network as it is.
 */
export class Registry extends pulumi.ComponentResource {
  /** What stands before the first slash of its images' names, known at preview. */
  readonly host: string;
  /** The password is a secret. */
  readonly login: pulumi.Output<RegistryLogin>;
  /**
   * Names what the registry has kept images in: another text when they are lost with a pod that had them on a disk of
   * its own. Known at preview as far as `storage` and `nodeSelector` are.
   */
  readonly storageId: pulumi.Output<string>;
  /** What must exist before something is pushed to it or pulled from it. */
  readonly ready: readonly pulumi.Resource[];

  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    const { machines, username = "builder", containerdConfig = "/etc/containerd/config.toml", ...rest } = args;
    const spec = { ...rest, name: args.name ?? "registry", namespace: args.namespace ?? "images" };
    super("ofwasm:index:Registry", name, { image: spec.image, namespace: spec.namespace }, opts);
    this.host = registryHost(spec);

    const password = this.madePassword(`${name}-password`);
    this.login = password.apply((made) => ({ username, password: made }));
    const { secret, deployment, service } = registryObjects({ ...spec, login: { username, password } });
    const { metadata } = namespaceObject(spec.namespace, { "pod-security.kubernetes.io/enforce": "restricted" });
    // Each comes after the one before it; what the caller names comes before the first.
    const after = (resource: pulumi.Resource): pulumi.CustomResourceOptions => ({ parent: this, dependsOn: resource });
    const first = { parent: this, dependsOn: opts?.dependsOn };
    const namespace = new k8s.core.v1.Namespace(`${name}-namespace`, { metadata }, first);
    const login = new k8s.core.v1.Secret(`${name}-login`, secret as object, after(namespace));
    const serving = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      deployment as object as k8s.apps.v1.DeploymentArgs,
      after(login),
    );
    const found = new k8s.core.v1.Service(`${name}-service`, service as object, after(serving));
    const hostsToml = found.spec.clusterIP.apply((address) => registryHostsToml(this.host, address));
    const told = machines.map((machine) =>
      this.tell(`${name}-${machine.name}`, machine, { hostsToml, containerdConfig }),
    );
    this.storageId = storageId(spec, deployment);
    this.ready = [found, ...told];

    this.registerOutputs({ host: this.host });
  }

  /** The Secret by which pods of a namespace pull from this registry and builds there push to it. */
  loginSecret(metadata: { name: string; namespace: string }): k8s.core.v1.SecretArgs {
    const secret = this.login.apply((login) => dockerConfigSecret(metadata, { [this.host]: login }));
    return {
      metadata,
      type: "kubernetes.io/dockerconfigjson",
      stringData: secret.apply(({ stringData }) => stringData as Record<string, string>),
    };
  }

  private madePassword(name: string): pulumi.Output<string> {
    const made = new local.Command(
      name,
      {
        interpreter: ["node", "-e"],
        create: PASSWORD_PROGRAM,
        logging: local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      // Running it again would lock everyone out who has the first.
      { parent: this, additionalSecretOutputs: ["stdout"], ignoreChanges: ["*"] },
    );
    return pulumi.secret(made.stdout);
  }

  /** Tells a machine's containerd where the registry is. */
  private tell(
    name: string,
    machine: Machine,
    { hostsToml, containerdConfig }: { hostsToml: pulumi.Output<string>; containerdConfig: string },
  ): pulumi.Resource {
    const script = remoteScript({
      login: machine,
      file: join(__dirname, "scripts", "hosts.sh"),
      inputs: {
        host: this.host,
        hosts_toml: hostsToml.apply((text) => Buffer.from(text).toString("base64")),
        containerd_config: containerdConfig,
      },
      down: "down",
    });
    const lifetime =
      machine.resource === undefined ? {} : { deletedWith: machine.resource, replaceWith: [machine.resource] };
    return new remote.Command(
      `${name}-hosts`,
      {
        ...script,
        // Only what goes knows the name that it had: an update would leave the file of the old one.
        triggers: [this.host],
        logging: remote.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        dependsOn: machine.ready,
        customTimeouts: TIMEOUTS,
        // The folders are those of whoever made them, and both make the same.
        deleteBeforeReplace: true,
        ...lifetime,
      },
    );
  }
}

/** A pod that is made anew has an empty folder of its own; another kind of storage keeps what it has. */
const storageId = ({ storage }: Pick<RegistrySpec, "storage">, deployment: object): pulumi.Output<string> =>
  (pulumi.output([storage, deployment]) as pulumi.Output<unknown>).apply((known) => {
    const [kept, pod] = known as [object | undefined, object];
    return createHash("sha256")
      .update(JSON.stringify(kept === undefined || "emptyDir" in kept ? pod : kept))
      .digest("hex")
      .slice(0, 12);
  });
