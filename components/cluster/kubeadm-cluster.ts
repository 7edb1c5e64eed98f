import { join } from "node:path";
import { local, remote } from "@pulumi/command";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../node-pool/machine";
import { remoteConnection, remoteScript } from "../remote";
import {
  type DnsRewrite,
  declareCoreDns,
  declareFlannel,
  declareKubeProxy,
  FLANNEL_ADDRESS,
  MACHINE_NAMESERVERS,
  type ProxyMode,
  proxyKubeconfig,
  SYSTEM,
} from "./addons";
import { DEFAULT_POD_CIDR, DEFAULT_SERVICE_CIDR, dnsAddress, nodePodCidr } from "./addresses";
import { type NodeArtifact, renderArtifacts } from "./artifacts";
import { CLUSTER_ID_PROGRAM, type JoinSecret, joinSecretProgram, tokenId } from "./join-token";
import { API_PORT, type CgroupDriver, initConfig, joinConfig } from "./kubeadm-config";
import { clusterLifetime, joinLifetime, type Lifetime } from "./lifetime";
import type { Cluster } from "./outputs";
import { type ControlPlaneResult, controlPlaneResult } from "./result";
import { clusterProblems } from "./validate";
import { type AddonImages, addonImages, releaseTag } from "./versions";

/** How pods reach pods of other machines. */
export type PodNetwork = "l2" | "overlay";

export interface KubeadmClusterArgs {
  /** Names this cluster: in messages, in the kubeconfig, and for the provider's identity. */
  clusterName: string;
  /** Machine that becomes the control plane. */
  controlPlane: Machine;
  /** Machines that become workers; which ones exist decides which resources exist, so a plain list. Default none. */
  workers?: readonly Machine[];
  /** Kubernetes release, `1.34.4`. Settled for good when the cluster is made. */
  kubernetesVersion: string;
  /** Addresses of pods; machine number i gets the i-th /24 of it. Default 10.244.0.0/16. Settled for good. */
  podCidr?: string;
  /** Addresses of services. Default 10.96.0.0/12. Settled for good. */
  serviceCidr?: string;
  /**
   * How pods reach pods of other machines. `l2`: all machines are on one link, which carries pods' packets as they
   * are. `overlay`: machines only have a route to each other; flannel carries pods' packets in VXLAN, over UDP port
   * 8472. Default `l2`. Settled for good.
   */
  network?: PodNetwork;
  /** cgroup manager of kubelet; containerd's runc must use the same. Default `systemd`. */
  cgroupDriver?: CgroupDriver;
  /** Refuse machines where swap is on. Default true. */
  failSwapOn?: boolean;
  /** Whether pods of users also run on the control plane. Default true. Settled for good. */
  controlPlaneRunsPods?: boolean;
  /** False for machines that share a disk with others: no eviction by share of it, no image removal. Default true. */
  dedicatedDisk?: boolean;
  /** Where node binaries come from when a machine lacks them. Default: nothing is installed. */
  artifacts?: readonly NodeArtifact[];
  /** Images of the add-ons. Default: those of kubeadm of this version, and flannel's published one. */
  images?: Partial<AddonImages>;
  /**
   * Nameservers for names outside the cluster. Default: those of the machine that CoreDNS runs on, which must have
   * some; an empty list for machines without any.
   */
  upstreamDns?: readonly string[];
  /** Domains whose names lead to one name of the cluster. Default: none. */
  dnsRewrites?: readonly DnsRewrite[];
  /** How kube-proxy works. Default `nftables`. */
  proxyMode?: ProxyMode;
  /** Host that this program reaches the API server by. Default: the host that SSH dials. */
  apiHost?: pulumi.Input<string>;
  /** Hours that the join token of a new worker is good for. Default 24. */
  joinTokenHours?: number;
}

const SCRIPTS = join(__dirname, "scripts");

/** Group that kubeadm's rules let ask for a node certificate. */
const JOIN_GROUP = "system:bootstrappers:kubeadm:default-node-token";

/** Scripts bring their own deadlines per step; this one only ends what hangs beyond them. */
const TIMEOUTS = { create: "20m", update: "20m", delete: "10m" };

/**
 * A Kubernetes cluster made with kubeadm over SSH, one command a machine.
 *
 * Workers are declared as Node objects with their subnet, and each joins with a token of its own that is an object
 * too. So another worker changes nothing on the machines that are there.
 */
export class KubeadmCluster extends pulumi.ComponentResource implements Cluster {
  readonly kubeconfig: pulumi.Output<string>;
  readonly provider: kubernetes.Provider;
  readonly nodes: readonly string[];
  readonly joined: Readonly<Record<string, pulumi.Resource>>;
  readonly ready: readonly pulumi.Resource[];
  readonly lifetime: Lifetime;

  private readonly settings: Settings;
  private readonly id: pulumi.Output<string>;

  /** @throws pulumi.InputPropertiesError that lists every argument which does not do. */
  constructor(name: string, args: KubeadmClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = withDefaults(args);
    const errors = clusterProblems(settings);
    if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `cluster "${name}"`, errors });
    super("ofwasm:index:KubeadmCluster", name, shownInputs(settings), opts);
    this.settings = settings;

    this.id = this.clusterId(`${name}-id`);
    const control = this.controlPlane(`${name}-control-plane`);
    const result = controlPlaneResult(control.stdout);
    this.lifetime = clusterLifetime(settings.controlPlane, control);
    this.kubeconfig = this.adminKubeconfig(result);
    this.provider = this.clusterProvider(`${name}-provider`);
    const kubeProxy = declareKubeProxy(`${name}-kube-proxy`, this.kubeProxySettings(), this.inCluster());
    const overlay = this.overlay(`${name}-flannel`);
    const coreDns = declareCoreDns(`${name}-coredns`, this.coreDnsSettings(), this.inCluster());
    const workers = settings.workers.map((machine) => this.worker(`${name}-${machine.name}`, machine, result));
    this.nodes = [settings.controlPlane, ...settings.workers].map((machine) => machine.name);
    this.joined = Object.fromEntries([control, ...workers].map((command, index) => [this.nodes[index]!, command]));
    this.ready = [control, ...workers, kubeProxy, ...overlay, ...coreDns];

    this.registerOutputs({ kubeconfig: this.kubeconfig, nodes: this.nodes });
  }

  /**
   * What machines know the cluster by, made once: another stack of the same name, or this one without its state,
   * has another and leaves them alone.
   */
  private clusterId(name: string): pulumi.Output<string> {
    const made = new local.Command(
      name,
      {
        interpreter: ["node", "-e"],
        create: CLUSTER_ID_PROGRAM,
        logging: local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      // Running it again would make another id, and every machine would count as somebody else's.
      { parent: this, ignoreChanges: ["*"] },
    );
    return made.stdout;
  }

  private controlPlane(name: string): remote.Command {
    const { settings } = this;
    const machine = settings.controlPlane;
    const config = pulumi.all([machine.address, this.apiHost()]).apply(([address, apiHost]) =>
      initConfig({
        ...settings,
        nodeName: machine.name,
        address,
        certificateNames: [apiHost],
        runsPods: settings.controlPlaneRunsPods,
      }),
    );
    const script = remoteScript({
      file: join(SCRIPTS, "control-plane.sh"),
      inputs: { ...this.nodeInputs(machine, "control-plane"), kubeadm_config: config.apply(base64) },
      down: "down",
    });
    return new remote.Command(
      name,
      {
        connection: remoteConnection(machine.connection),
        ...script,
        logging: remote.Logging.None,
        addPreviousOutputInEnv: false,
      },
      // The result holds the administrator's key.
      { ...this.onMachine(machine), additionalSecretOutputs: ["stdout"] },
    );
  }

  /** What joins the pod networks of machines that are not on one link. */
  private overlay(name: string): pulumi.Resource[] {
    const { network, images, podCidr, proxyMode, controlPlane } = this.settings;
    if (network !== "overlay") return [];
    const nftables = proxyMode === "nftables";
    const settings = { image: images.flannel, podCidr, nftables, apiAddress: controlPlane.address };
    return [declareFlannel(name, settings, this.inCluster())];
  }

  /** The worker's node, its join token, and the join itself; gives what makes it usable. */
  private worker(name: string, machine: Machine, result: pulumi.Output<ControlPlaneResult>): remote.Command {
    const { settings } = this;
    const node = this.node(`${name}-node`, machine);
    const { token, expires, resource } = this.joinToken(name, machine);
    const address = pulumi.output(settings.controlPlane.address);
    const script = remoteScript({
      file: join(SCRIPTS, "worker.sh"),
      inputs: {
        ...this.nodeInputs(machine, "worker"),
        join_config: base64(joinConfig({ nodeName: machine.name })),
        endpoint: pulumi.interpolate`${address}:${API_PORT}`,
        ca_cert: pulumi.unsecret(result).caCert,
        token_expires: expires,
      },
      secrets: { token },
      down: "down",
    });
    return new remote.Command(
      `${name}-join`,
      {
        connection: remoteConnection(machine.connection),
        ...script,
        logging: remote.Logging.None,
        addPreviousOutputInEnv: false,
      },
      this.onMachine(machine, [node, resource]),
    );
  }

  /** Declared before the machine joins: its kubelet takes it over, and it goes when the machine does. */
  private node(name: string, machine: Machine): kubernetes.core.v1.Node {
    const podCIDR = nodePodCidr(this.settings.podCidr, machine.index);
    return new kubernetes.core.v1.Node(
      name,
      {
        metadata: {
          name: machine.name,
          labels: { "node-role.kubernetes.io/worker": "" },
          ...(this.settings.network === "overlay" ? { annotations: { [FLANNEL_ADDRESS]: machine.address } } : {}),
        },
        spec: { podCIDR, podCIDRs: [podCIDR] },
      },
      // kubeadm lets no machine join as a node that counts as ready, so a new machine's node begins anew too.
      {
        ...this.inCluster(),
        ...joinLifetime(machine, this.settings.controlPlane),
        deleteBeforeReplace: true,
      },
    );
  }

  private joinToken(
    name: string,
    machine: Machine,
  ): { token: pulumi.Output<string>; expires: pulumi.Output<string>; resource: pulumi.Resource } {
    const made = new local.Command(
      `${name}-join-secret`,
      {
        interpreter: ["node", "-e"],
        create: joinSecretProgram(this.settings.joinTokenHours),
        logging: local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      {
        parent: this,
        additionalSecretOutputs: ["stdout"],
        // Running it again would make another secret, and the worker would join again; a new machine has to, and
        // every machine when the cluster is another one. The secret of old may have run out.
        ignoreChanges: ["*"],
        ...joinLifetime(machine, this.settings.controlPlane),
      },
    );
    const secret = pulumi.secret(made.stdout).apply((stdout) => JSON.parse(stdout) as JoinSecret);
    const id = tokenId(this.settings.clusterName, machine.name);
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
      this.inCluster(),
    );
    return { token: pulumi.interpolate`${id}.${secret.secret}`, expires, resource };
  }

  /** Script inputs that every node gets. */
  private nodeInputs(machine: Machine, role: "control-plane" | "worker"): Record<string, pulumi.Input<string>> {
    const { settings } = this;
    return {
      cluster_id: this.id,
      cluster_name: settings.clusterName,
      role,
      node_name: machine.name,
      address: machine.address,
      kubernetes_version: settings.kubernetesVersion,
      pod_cidr: settings.podCidr,
      node_pod_cidr: nodePodCidr(settings.podCidr, machine.index),
      service_cidr: settings.serviceCidr,
      network: settings.network,
      cgroup_driver: settings.cgroupDriver,
      fail_swap_on: String(settings.failSwapOn),
      ...renderArtifacts(settings.artifacts),
    };
  }

  /** The kubeconfig that kubeadm wrote names the address that machines use; this program may need another. */
  private adminKubeconfig(result: pulumi.Output<ControlPlaneResult>): pulumi.Output<string> {
    return pulumi.secret(
      pulumi
        .all([result, this.settings.controlPlane.address, this.apiHost()])
        .apply(([{ kubeconfig }, address, apiHost]) =>
          kubeconfig.replaceAll(`https://${address}:${API_PORT}`, `https://${apiHost}:${API_PORT}`),
        ),
    );
  }

  private clusterProvider(name: string): kubernetes.Provider {
    return new kubernetes.Provider(
      name,
      // Known at preview: without it an unknown kubeconfig would replace the provider and everything declared by it.
      {
        kubeconfig: this.kubeconfig,
        clusterIdentifier: this.settings.clusterName,
        enableServerSideApply: true,
        // An object that others refer to by name is changed in place, not deleted under them.
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      { parent: this, ...this.goneWith(this.settings.controlPlane) },
    );
  }

  private kubeProxySettings() {
    const { images, podCidr, proxyMode, controlPlane } = this.settings;
    const kubeconfig = pulumi.output(controlPlane.address).apply(proxyKubeconfig);
    return { image: images.kubeProxy, mode: proxyMode, podCidr, kubeconfig };
  }

  private coreDnsSettings() {
    const { images, serviceCidr, workers, controlPlane, upstreamDns, dnsRewrites } = this.settings;
    const replicas = workers.length > 0 ? 2 : 1;
    const address = dnsAddress(serviceCidr);
    const names = { upstreams: upstreamDns, rewrites: dnsRewrites };
    return { image: images.coreDns, address, replicas, ...names, apiAddress: controlPlane.address };
  }

  private apiHost(): pulumi.Output<string> {
    const { apiHost, controlPlane } = this.settings;
    return pulumi.output(apiHost ?? pulumi.unsecret(pulumi.output(controlPlane.connection)).apply(({ host }) => host));
  }

  /** Options of an object in the cluster. */
  private inCluster(): pulumi.CustomResourceOptions {
    return { parent: this, provider: this.provider, ...this.lifetime };
  }

  /**
   * Options of a command on a machine; a new machine needs it again, and a machine that goes needs no clean-up. Deleting
   * first would ask for one over a connection that may be the old machine's. The price: replaced alone, without its
   * machine, a command would undo itself.
   */
  private onMachine(machine: Machine, dependsOn: pulumi.Resource[] = []): pulumi.CustomResourceOptions {
    return {
      parent: this,
      dependsOn: [...machine.ready, ...dependsOn],
      customTimeouts: TIMEOUTS,
      ...(machine.resource === undefined
        ? { deleteBeforeReplace: true }
        : { deletedWith: machine.resource, replaceWith: [machine.resource] }),
    };
  }

  private goneWith({ resource }: Machine): { deletedWith?: pulumi.Resource } {
    return resource === undefined ? {} : { deletedWith: resource };
  }
}

/** Arguments with every default filled in. */
export type Settings = Required<Omit<KubeadmClusterArgs, "apiHost" | "images">> &
  Pick<KubeadmClusterArgs, "apiHost"> & { images: AddonImages };

function withDefaults(args: KubeadmClusterArgs): Settings {
  const workers = args.workers ?? [];
  return {
    ...args,
    workers,
    kubernetesVersion: releaseTag(args.kubernetesVersion) ?? args.kubernetesVersion,
    podCidr: args.podCidr ?? DEFAULT_POD_CIDR,
    serviceCidr: args.serviceCidr ?? DEFAULT_SERVICE_CIDR,
    network: args.network ?? "l2",
    cgroupDriver: args.cgroupDriver ?? "systemd",
    failSwapOn: args.failSwapOn ?? true,
    controlPlaneRunsPods: args.controlPlaneRunsPods ?? true,
    dedicatedDisk: args.dedicatedDisk ?? true,
    artifacts: args.artifacts ?? [],
    images: { ...addonImages(args.kubernetesVersion), ...args.images },
    upstreamDns: args.upstreamDns ?? MACHINE_NAMESERVERS,
    dnsRewrites: args.dnsRewrites ?? [],
    proxyMode: args.proxyMode ?? "nftables",
    joinTokenHours: args.joinTokenHours ?? 24,
  };
}

/** What the diff shows at the component itself. */
const shownInputs = ({ clusterName, kubernetesVersion, podCidr, serviceCidr, network, proxyMode }: Settings) => ({
  clusterName,
  kubernetesVersion,
  podCidr,
  serviceCidr,
  network,
  proxyMode,
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");
