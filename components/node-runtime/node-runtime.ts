import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../node-pool";
import { remoteConnection, remoteScript } from "../remote";
import { type NodeRuntimeResult, parseNodeRuntimeResult } from "./result";
import { type NodePayload, payloadInputs, TRANSACTION } from "./transaction";

/** The script's own waits are shorter; these end what hangs beyond them. */
const TIMEOUTS = { create: "10m", update: "10m", delete: "10m" };

/** Packages may have to be installed before the compilation and removed after it. */
const BUILD_TIMEOUTS = { create: "40m", update: "40m", delete: "25m" };

/** How a machine compiles crun. */
export interface NodeBuildArgs {
  /**
   * Whether missing build packages may be installed with apt, for the time of the compilation. Where not, or where
   * apt cannot, a machine without them is refused with the list. Default true.
   */
  installPackages?: pulumi.Input<boolean>;
  /** Seconds that the compilation may take. Default 900. */
  deadlineSeconds?: pulumi.Input<number>;
}

export interface NodeRuntimeArgs {
  machine: Machine;
  payload: NodePayload;
  /** Only where the machine compiles crun. */
  build?: NodeBuildArgs;
  /**
   * Runtimes of the machines that must have changed before this one does, see `inRollOrder`. What is copied to the
   * machine beforehand does not wait. Default: none.
   */
  after?: readonly NodeRuntime[];
  /** The cgroup driver that pods use. Default `auto`: the kubelet's; before there is one, runc's in containerd. */
  cgroupDriver?: pulumi.Input<"auto" | "systemd" | "cgroupfs">;
  /** First and last release line of containerd that is accepted, such as 1.6 and 2.3. Default: any. */
  containerdVersions?: pulumi.Input<{ oldest: string; newest: string }>;
  /** Containerd's configuration file. Default `/etc/containerd/config.toml`. */
  containerdConfig?: pulumi.Input<string>;
  /** Containerd's systemd unit. Default `containerd`. */
  containerdUnit?: pulumi.Input<string>;
  /** Containerd's socket. Default `/run/containerd/containerd.sock`. */
  containerdSocket?: pulumi.Input<string>;
}

/**
 * WebAssembly on one machine: crun with WasmEdge installed, made known to containerd as runtime `crun`, and proved
 * by a real container; or the machine as it was before.
 *
 * Costs a machine one copy (when the payload changed) and one command. A change of payload, script or setting is an
 * update of that command in place: replacing it would run the old one's delete after the new one's create. Where the
 * machine compiles crun itself, that is a step of the same transaction.
 */
export class NodeRuntime extends pulumi.ComponentResource {
  /** What the machine said after its proof. */
  readonly result: pulumi.Output<NodeRuntimeResult>;
  /** Versions that the proof ran with. */
  readonly versions: pulumi.Output<NodeRuntimeResult["versions"]>;
  /** `sha256:…` of the payload that was proved. */
  readonly payloadDigest: pulumi.Output<string>;
  /** Time of the proof, ISO 8601. */
  readonly provedAt: pulumi.Output<string>;
  /** What must exist before a pod may ask this machine for WebAssembly. */
  readonly proved: pulumi.Resource;

  constructor(name: string, args: NodeRuntimeArgs, opts?: pulumi.ComponentResourceOptions) {
    const { machine, payload, after = [] } = args;
    const { versions, sha256 } = payload.manifest;
    const inputs = payloadInputs(payload);
    super("ofwasm:index:NodeRuntime", name, { machine: machine.name, versions, payload: `sha256:${sha256}` }, opts);
    const connection = remoteConnection(machine.connection);
    const remotePath = String(inputs.payload);
    const { resource } = machine;
    // A machine that goes takes its runtime along, pods and all; a new machine needs it again.
    const lifetime = resource === undefined ? {} : { deletedWith: resource, replaceWith: [resource] };

    const copy = new remote.CopyToRemote(
      `${name}-payload`,
      { connection, source: new pulumi.asset.FileAsset(payload.path), remotePath },
      { parent: this, dependsOn: machine.ready, customTimeouts: TIMEOUTS, ...lifetime },
    );
    const script = remoteScript({
      file: TRANSACTION,
      up: "apply",
      down: "delete",
      inputs: {
        ...inputs,
        ...(isBuiltThere(payload) ? buildInputs(args.build) : {}),
        ...containerdRange(args.containerdVersions),
        cgroup_driver: args.cgroupDriver ?? "auto",
        config: args.containerdConfig ?? "/etc/containerd/config.toml",
        unit: args.containerdUnit ?? "containerd",
        socket: args.containerdSocket ?? "/run/containerd/containerd.sock",
      },
    });
    const transaction = new remote.Command(
      `${name}-transaction`,
      { connection, ...script, logging: remote.Logging.Stderr, addPreviousOutputInEnv: false },
      {
        parent: this,
        dependsOn: [copy, ...after.map((other) => other.proved)],
        customTimeouts: isBuiltThere(payload) ? BUILD_TIMEOUTS : TIMEOUTS,
        ...lifetime,
      },
    );

    this.proved = transaction;
    // Secret only because the connection is: what the script prints is made to be shown.
    this.result = pulumi.unsecret(transaction.stdout).apply(parseNodeRuntimeResult);
    this.versions = this.result.versions;
    this.payloadDigest = this.result.payloadDigest;
    this.provedAt = this.result.provedAt;
    this.registerOutputs({
      versions: this.versions,
      payloadDigest: this.payloadDigest,
      provedAt: this.provedAt,
    });
  }
}

const isBuiltThere = ({ manifest }: NodePayload): boolean => manifest.build === "node";

const buildInputs = ({ installPackages, deadlineSeconds }: NodeBuildArgs = {}) => ({
  install_build_packages: installPackages ?? true,
  build_deadline_seconds: deadlineSeconds ?? 900,
});

function containerdRange(range: NodeRuntimeArgs["containerdVersions"]): Record<string, pulumi.Input<string>> {
  if (range === undefined) return {};
  const accepted = pulumi.output(range);
  return { containerd_oldest: accepted.oldest, containerd_newest: accepted.newest };
}
