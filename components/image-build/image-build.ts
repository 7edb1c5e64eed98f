import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type BuildSpec, DEFAULTS, type ImageBuildArgs } from "./args";
import { buildMistakes } from "./check";
import { type Build, imageBuild } from "./job";

/** How much longer than its deadline a build is waited for: the cluster has to notice the end, and to say it. */
const NOTICE_SECONDS = 30;

/**
 * An image built in the cluster by the step of the ClusterBuildStrategy `wasmedge`, without Tekton and Shipwright, and
 * pushed to a registry. Another source or argument is another Job and another tag; the same ones build nothing.
 */
export class ImageBuild extends pulumi.ComponentResource {
  /** The image by its tag, which names all that decides the image; nothing but its build pushes it. */
  readonly image: pulumi.Output<string>;
  /** What must exist before a pod may use the image: the build that succeeded. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: ImageBuildArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ofwasm:index:ImageBuild", name, {}, opts);
    // Without what comes with an output of its own: a child would wait for itself.
    const owner = new Promise<string>((resolve) => void this.urn.apply(resolve));
    const spec = pulumi.output({ ...args, name: args.name ?? name, owner }) as pulumi.Output<unknown>;
    const build = spec.apply((known) => checkedBuild(known as BuildSpec));
    // What the caller names comes before the build, which is the first to need it.
    const child = { parent: this, dependsOn: opts?.dependsOn };

    const source = "folder" in args.source ? this.source(`${name}-source`, build, child) : undefined;
    const deadline = `${(args.timeoutSeconds ?? DEFAULTS.timeoutSeconds) + NOTICE_SECONDS}s`;
    this.ready = new k8s.batch.v1.Job(
      `${name}-job`,
      { metadata: build.job.metadata, spec: build.job.spec },
      {
        ...child,
        ...(source === undefined ? {} : { dependsOn: source }),
        customTimeouts: { create: deadline, update: deadline },
      },
    );
    // Whoever uses the image comes after it.
    this.image = pulumi.all([build.reference, this.ready.urn]).apply(([reference]) => reference);
    this.registerOutputs({ image: this.image });
  }

  private source(
    name: string,
    build: pulumi.Output<Build>,
    child: pulumi.CustomResourceOptions,
  ): k8s.core.v1.ConfigMap {
    const part = <K extends "metadata" | "immutable" | "binaryData">(key: K) =>
      build.apply(({ configMap }) => configMap?.[key]) as never;
    return new k8s.core.v1.ConfigMap(
      name,
      { metadata: part("metadata"), immutable: part("immutable"), binaryData: part("binaryData") },
      // The name says what is in it; another version of Node may compress it to other bytes.
      { ...child, ignoreChanges: ["binaryData"] },
    );
  }
}

/** @throws pulumi.InputPropertiesError that lists every argument which does not do; else as `imageBuild` does. */
export function checkedBuild(spec: BuildSpec): Build {
  const errors = buildMistakes(spec as ImageBuildArgs).map(({ propertyPath, value, reason, next }) => ({
    propertyPath,
    reason: `${value === undefined ? "" : `${JSON.stringify(value)} `}${reason}; ${next}`,
  }));
  if (errors.length > 0) throw new pulumi.InputPropertiesError({ message: `build "${spec.name}"`, errors });
  return imageBuild(spec);
}
