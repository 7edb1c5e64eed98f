import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../node-pool";
import { remoteConnection, remoteScript } from "../remote";
import { isBuiltThere, type NodeBuild, type NodeTraits, transactionInputs } from "./inputs";
import { type NodeRuntimeResult, parseNodeRuntimeResult } from "./result";
import { type NodePayload, payloadInputs, TRANSACTION } from "./transaction";

/** The script's own waits are shorter; these end what hangs beyond them. */
const TIMEOUTS = { create: "10m", update: "10m", delete: "10m" };

/** Packages may have to be installed before the compilation and removed after it. */
const BUILD_TIMEOUTS = { create: "40m", update: "40m", delete: "25m" };

type Inputs<T> = { [Part in keyof T]: pulumi.Input<NonNullable<T[Part]>> };

export type NodeBuildArgs = Inputs<NodeBuild>;

export interface NodeRuntimeArgs extends Omit<Inputs<NodeTraits>, "build"> {
  machine: Machine;
  payload: NodePayload;
  /** Only where the machine compiles crun. */
  build?: NodeBuildArgs;
  /**
   * Runtimes of the machines that must have changed before this one does, see `inRollOrder`. What is copied to the
   * machine beforehand does not wait. Default: none.
   */
  after?: readonly NodeRuntime[];
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
    const { machine, payload, after = [], ...traits } = args;
    const { versions, sha256 } = payload.manifest;
    const { payload: remotePath } = payloadInputs(payload);
    super("ofwasm:index:NodeRuntime", name, { machine: machine.name, versions, payload: `sha256:${sha256}` }, opts);
    const connection = remoteConnection(machine.connection);
    const { resource } = machine;
    // A machine that goes takes its runtime along, pods and all; a new machine needs it again.
    const lifetime = resource === undefined ? {} : { deletedWith: resource, replaceWith: [resource] };

    const copy = new remote.CopyToRemote(
      `${name}-payload`,
      { connection, source: new pulumi.asset.FileAsset(payload.path), remotePath: String(remotePath) },
      { parent: this, dependsOn: machine.ready, customTimeouts: TIMEOUTS, ...lifetime },
    );
    const script = remoteScript({
      login: machine,
      file: TRANSACTION,
      up: "apply",
      down: "delete",
      inputs: pulumi.output(traits).apply((known) => transactionInputs(payload, known)),
    });
    const transaction = new remote.Command(
      `${name}-transaction`,
      { ...script, logging: remote.Logging.Stderr, addPreviousOutputInEnv: false },
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
