import { local, type remote } from "@pulumi/command";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../node-pool/machine";
import { declareCoreDns, declareFlannel, declareKubeProxy, proxyKubeconfig } from "./addons";
import { dnsAddress } from "./addresses";
import { CLUSTER_ID_PROGRAM } from "./join-token";
import { type KubeadmClusterArgs, type Settings, withDefaults } from "./kubeadm-args";
import { API_PORT, initConfig } from "./kubeadm-config";
import { clusterLifetime, type Lifetime } from "./lifetime";
import { nodeCommand } from "./node-command";
import type { Cluster } from "./outputs";
import { type ControlPlaneResult, controlPlaneResult } from "./result";
import { clusterProblems } from "./validate";
import { declareWorker } from "./worker";

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
    const { id, kubeconfig } = this;
    const joined = { settings, id, controlPlane: result, kubeconfig, component: this, inCluster: this.inCluster() };
    const workers = settings.workers.map((machine) => declareWorker(`${name}-${machine.name}`, machine, joined));
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
    return nodeCommand(
      name,
      {
        machine,
        role: "control-plane",
        clusterId: this.id,
        settings,
        inputs: { kubeadm_config: config.apply((text) => Buffer.from(text).toString("base64")) },
      },
      // The result holds the administrator's key.
      { parent: this, additionalSecretOutputs: ["stdout"] },
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

  private goneWith({ resource }: Machine): { deletedWith?: pulumi.Resource } {
    return resource === undefined ? {} : { deletedWith: resource };
  }
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
