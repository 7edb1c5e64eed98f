import { join } from "node:path";
import type { PodNetwork } from "../../components/cluster";
import { FLANNEL_ADDRESS } from "../../components/cluster/addons";
import { coreDnsManifests } from "../../components/cluster/addons/core-dns";
import { kubeProxyManifests, type ProxyMode, proxyKubeconfig } from "../../components/cluster/addons/kube-proxy";
import { DEFAULT_POD_CIDR, DEFAULT_SERVICE_CIDR, dnsAddress, nodePodCidr } from "../../components/cluster/addresses";
import { tokenId } from "../../components/cluster/join-token";
import { initConfig, joinConfig } from "../../components/cluster/kubeadm-config";
import { type ControlPlaneResult, parseControlPlaneResult } from "../../components/cluster/result";
import { addonImages } from "../../components/cluster/versions";
import type { MachineSpec } from "../../components/node-pool/spec";
import { bundleScript, type ScriptInputs, scriptInput } from "../../components/remote";
import { run } from "../../infra/process";
import { versions } from "../../infra/versions";
import type { Lab } from "../machine/support";

const VERSION = versions.kubernetes.module;
const SCRIPTS = join(__dirname, "../../components/cluster/scripts");
const JOIN_SECRET = "0123456789abcdef";

/** A cluster on machines of a lab, made with the scripts as the component sends them. */
export class LabCluster {
  readonly network: PodNetwork = "l2";
  private result: ControlPlaneResult | undefined;

  constructor(
    protected readonly lab: Lab,
    protected readonly image: string,
    readonly stack: string,
  ) {}

  machine(index: number): MachineSpec {
    return { ...this.lab.spec(this.stack, index), image: this.image };
  }

  create(index: number): Promise<unknown> {
    return this.lab.create(this.machine(index));
  }

  /** Runs something on a machine as the command plugin would: over SSH, text on standard input. */
  async on(index: number, command: string, input = ""): Promise<{ stdout: string; stderr: string }> {
    const spec = this.machine(index);
    // Writes the file of known hosts.
    await this.lab.ssh(spec, "true");
    const options = ["StrictHostKeyChecking=yes", `UserKnownHostsFile=${this.knownHosts(spec)}`, "BatchMode=yes"];
    return run(
      "ssh",
      [
        "-F",
        "none",
        ...options.flatMap((option) => ["-o", option]),
        "-i",
        join(this.lab.state, "login"),
        `root@${spec.address}`,
        command,
      ],
      { input, deadlineMs: 240_000 },
    );
  }

  private knownHosts({ stack, name }: MachineSpec): string {
    return join(this.lab.state, `known-${stack}-${name}`);
  }

  private inputs(index: number, role: "control-plane" | "worker"): ScriptInputs {
    const { name, address } = this.machine(index);
    return {
      cluster_id: `id-of-${this.stack}`,
      cluster_name: this.stack,
      role,
      node_name: name,
      address,
      kubernetes_version: `v${VERSION}`,
      pod_cidr: DEFAULT_POD_CIDR,
      node_pod_cidr: nodePodCidr(DEFAULT_POD_CIDR, index),
      service_cidr: DEFAULT_SERVICE_CIDR,
      network: this.network,
      cgroup_driver: "cgroupfs",
      fail_swap_on: false,
    };
  }

  /** Standard input of the control-plane script for machine 0. */
  initInput(change: ScriptInputs = {}): string {
    const { name, address } = this.machine(0);
    const config = initConfig({
      clusterName: this.stack,
      nodeName: name,
      address,
      certificateNames: [address],
      kubernetesVersion: `v${VERSION}`,
      podCidr: DEFAULT_POD_CIDR,
      serviceCidr: DEFAULT_SERVICE_CIDR,
      runsPods: true,
      cgroupDriver: "cgroupfs",
      failSwapOn: false,
      dedicatedDisk: false,
    });
    const inputs = { ...this.inputs(0, "control-plane"), kubeadm_config: base64(config), ...change };
    return scriptInput(bundleScript(join(SCRIPTS, "control-plane.sh")), inputs);
  }

  async init(change: ScriptInputs = {}): Promise<ControlPlaneResult> {
    const { stdout } = await this.on(0, "exec bash -s up", this.initInput(change));
    this.result = parseControlPlaneResult(stdout);
    return this.result;
  }

  /** What the graph declares before a worker joins: its node and its token. */
  async declare(index: number): Promise<void> {
    const { name, address } = this.machine(index);
    const podCIDR = nodePodCidr(DEFAULT_POD_CIDR, index);
    const id = tokenId(this.stack, name);
    await this.apply(
      {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
          name,
          labels: { "node-role.kubernetes.io/worker": "" },
          ...(this.network === "overlay" ? { annotations: { [FLANNEL_ADDRESS]: address } } : {}),
        },
        spec: { podCIDR, podCIDRs: [podCIDR] },
      },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
        type: "bootstrap.kubernetes.io/token",
        stringData: {
          "token-id": id,
          "token-secret": JOIN_SECRET,
          expiration: new Date(Date.now() + 3_600_000).toISOString(),
          "usage-bootstrap-authentication": "true",
          "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
        },
      },
    );
  }

  joinInput(index: number, change: ScriptInputs = {}): string {
    const { name } = this.machine(index);
    return scriptInput(bundleScript(join(SCRIPTS, "worker.sh")), {
      ...this.inputs(index, "worker"),
      join_config: base64(joinConfig({ nodeName: name })),
      endpoint: `${this.machine(0).address}:6443`,
      ca_cert: this.result?.caCert ?? "",
      token: `${tokenId(this.stack, name)}.${JOIN_SECRET}`,
      token_expires: "in an hour",
      ...change,
    });
  }

  async join(index: number, change: ScriptInputs = {}): Promise<Record<string, number>> {
    const { stdout } = await this.on(index, "exec bash -s up", this.joinInput(index, change));
    return (JSON.parse(stdout) as { milliseconds: Record<string, number> }).milliseconds;
  }

  async kubectl(command: string, input = ""): Promise<string> {
    const { stdout } = await this.on(0, `kubectl --kubeconfig /etc/kubernetes/admin.conf ${command}`, input);
    return stdout.trim();
  }

  apply(...objects: object[]): Promise<string> {
    return this.kubectl("apply -f -", JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  }

  async addons(mode: ProxyMode): Promise<void> {
    const images = addonImages(VERSION);
    const { address } = this.machine(0);
    const proxy = { image: images.kubeProxy, mode, podCidr: DEFAULT_POD_CIDR, kubeconfig: proxyKubeconfig(address) };
    const dns = {
      image: images.coreDns,
      address: dnsAddress(DEFAULT_SERVICE_CIDR),
      replicas: 1,
      // Machines of this host may know no nameserver.
      upstreams: [],
      apiAddress: address,
    };
    await this.apply(...Object.values(kubeProxyManifests(proxy)), ...Object.values(coreDnsManifests(dns)));
    await this.kubectl("-n kube-system rollout status daemonset/kube-proxy --timeout 60s");
    await this.kubectl("-n kube-system rollout status deployment/coredns --timeout 60s");
  }

  async nodesReady(): Promise<string[]> {
    await this.kubectl("wait --for=condition=Ready node --all --timeout 60s");
    return (await this.kubectl("get nodes -o jsonpath='{.items[*].metadata.name}'")).split(" ");
  }

  /** Starts a script and kills everything that it runs, after a while: the script, kubeadm and what they wait for. */
  async killedAfter(index: number, milliseconds: number, input: string): Promise<void> {
    const broken = this.on(index, "exec bash -s up", input).catch(() => "killed, as wanted");
    await new Promise((done) => setTimeout(done, milliseconds));
    await this.on(index, "pkill -KILL kubeadm; pkill -KILL -f '^bash -s up$'; true");
    await broken;
  }
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A web server that is on every node already: CoreDNS with its health page. */
export const serverOn = (name: string, nodeName: string): object[] => [
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { Corefile: ".:5353 {\n  health :8080\n}\n" } },
  {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "server",
          image: addonImages(VERSION).coreDns,
          imagePullPolicy: "Never",
          args: ["-conf", "/config/Corefile"],
          readinessProbe: { httpGet: { path: "/health", port: 8080 }, periodSeconds: 1 },
          volumeMounts: [{ name: "config", mountPath: "/config" }],
        },
      ],
      volumes: [{ name: "config", configMap: { name } }],
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { type: "NodePort", selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  },
];

/** Asks from inside a pod's network, with the cluster's DNS. */
export const fromPod = (address: string, url: string): string => `
  for space in $(ip netns list | cut -d ' ' -f 1); do
    ip -n "$space" -4 -o addr show | grep -q ' ${address}/' || continue
    mkdir -p "/etc/netns/$space"
    printf 'nameserver 10.96.0.10\\nsearch default.svc.cluster.local\\n' >"/etc/netns/$space/resolv.conf"
    ip netns exec "$space" curl --silent --show-error --retry 5 --retry-connrefused --max-time 10 '${url}'
    exit
  done
  echo "no pod ${address} here"; exit 1`;
