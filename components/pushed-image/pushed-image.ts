import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { RegistryLogin } from "../registry";

/** On the PATH of this project's commands, and of those that npm runs where the package is installed. */
const PROGRAM = "ofwasm-push-image";

/** An image of some megabytes over a slow line. */
const TIMEOUTS = { create: "35m", update: "35m" };

/** What the command reads on its standard input, as JSON. */
export interface PushImageRequest {
  /** OCI archive on this host. */
  archive: string;
  /** Tag of the image in the archive, and in the registry. */
  tag: string;
  /** Registry and repository. */
  repository: string;
  login?: RegistryLogin;
}

export interface PushedImageArgs {
  /** OCI archive on this host. */
  archive: string;
  /** The image's name in the archive, with a tag that its content decides. */
  reference: string;
  /** Digest of the image's manifest or index, `sha256:…`. */
  digest: string;
  /** Registry and repository without a tag that it is pushed to: `registry.example.org/team/node-runtime`. */
  repository: string;
  /** Default: what this host's own files say, as for `skopeo login`. */
  login?: pulumi.Input<RegistryLogin>;
}

/**
 * An image that was made on this host, pushed to a registry that a cluster pulls from. It stays there when this
 * resource goes: pods elsewhere may use it, and registries collect what has no name.
 */
export class PushedImage extends pulumi.ComponentResource {
  /** What pods are told to pull: by digest, known at preview. */
  readonly image: string;
  /** What must exist before a pod may use the image. */
  readonly pushed: pulumi.Resource;

  constructor(name: string, args: PushedImageArgs, opts?: pulumi.ComponentResourceOptions) {
    const { archive, reference, digest, repository, login } = args;
    super("ofwasm:index:PushedImage", name, { repository, digest }, opts);
    this.image = `${repository}@${digest}`;
    const tag = reference.slice(reference.lastIndexOf(":") + 1);
    const request = pulumi.output(login).apply((known) =>
      JSON.stringify({
        archive,
        tag,
        repository,
        ...(known === undefined ? {} : { login: known }),
      } satisfies PushImageRequest),
    );
    this.pushed = new local.Command(
      `${name}-push`,
      {
        // The digest shows in a diff which image it is.
        create: `${PROGRAM} # ${digest}`,
        stdin: login === undefined ? request : pulumi.secret(request),
        logging: local.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      { parent: this, dependsOn: opts?.dependsOn, customTimeouts: TIMEOUTS },
    );

    this.registerOutputs({ image: this.image });
  }
}
