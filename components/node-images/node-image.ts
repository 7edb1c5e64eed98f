import { join } from "node:path";
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../node-pool";
import { remoteConnection, remoteScript } from "../remote";

/** An import takes a second or two; these end what hangs. */
const TIMEOUTS = { create: "5m", update: "5m", delete: "5m" };

export interface NodeImageArgs {
  machine: Machine;
  /** OCI archive on this host. */
  archive: string;
  /** Name that pods ask for; carries the content's digest, so that another content has another name. */
  reference: string;
  /** Digest of the image's manifest or index, `sha256:…`. */
  digest: string;
  /** Containerd's socket. Default `/run/containerd/containerd.sock`. */
  containerdSocket?: pulumi.Input<string>;
}

/**
 * An image on one machine without any registry: copied there and put into containerd, pinned.
 *
 * For images that were built on the way. Another image is an update in place: the old one stays, because removing it
 * would race with the roll-out, and goes when this resource does.
 */
export class NodeImage extends pulumi.ComponentResource {
  /** What must exist before a pod on this machine may use the image. */
  readonly present: pulumi.Resource;

  constructor(name: string, args: NodeImageArgs, opts?: pulumi.ComponentResourceOptions) {
    const { machine, archive, reference, digest } = args;
    super("ofwasm:index:NodeImage", name, { machine: machine.name, reference, digest }, opts);
    const connection = remoteConnection(machine.connection);
    const remotePath = `.ofwasm-image-${digest.replace("sha256:", "").slice(0, 16)}.tar`;
    const lifetime =
      machine.resource === undefined ? {} : { deletedWith: machine.resource, replaceWith: [machine.resource] };

    const copy = new remote.CopyToRemote(
      `${name}-archive`,
      { connection, source: new pulumi.asset.FileAsset(archive), remotePath },
      { parent: this, dependsOn: machine.ready, customTimeouts: TIMEOUTS, ...lifetime },
    );
    const script = remoteScript({
      login: machine,
      file: join(__dirname, "scripts", "images.sh"),
      inputs: {
        archive: remotePath,
        reference,
        digest,
        socket: args.containerdSocket ?? "/run/containerd/containerd.sock",
      },
      down: "down",
    });
    this.present = new remote.Command(
      `${name}-import`,
      { ...script, logging: remote.Logging.Stderr, addPreviousOutputInEnv: false },
      { parent: this, dependsOn: [copy], customTimeouts: TIMEOUTS, ...lifetime },
    );

    this.registerOutputs({ reference, digest });
  }
}
