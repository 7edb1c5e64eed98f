import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type Cluster, inCluster } from "../components/cluster";
import type { FunctionBuild } from "../components/function";
import { NodeImage } from "../components/node-images";
import type { Machine } from "../components/node-pool";
import { buildNamespace } from "../components/platform";
import { Registry } from "../components/registry";
import type { SampleBuild } from "../infra/artifacts";
import type { StoredImage } from "../infra/toolchain/oci";
import type { CompositionContext } from "./composition";

const SAMPLE = "http-server";

/** Namespace of builds that no platform makes. */
const NAMESPACE = "function-builds";

/** The Secret by which builds push and functions are pulled, in the namespaces of both. */
const LOGIN = "registry-login";

/** How a function's image is made, and what has to be there before. */
export interface BuiltSample {
  image: string;
  imageCredentials: string;
  build: FunctionBuild;
  ready: pulumi.Resource[];
}

/**
 * Builds the sample in the cluster and pushes it to a registry of the stack's own. Registry and build are on the first
 * machine that runs pods: their images, the largest of all, come there and nowhere else.
 *
 * @param functions namespace that the function is pulled into
 */
export function builtSample(
  build: SampleBuild,
  machines: readonly Machine[],
  functions: { name: string; resource: pulumi.Resource },
  cluster: Cluster,
  context: CompositionContext,
): BuiltSample {
  const options = inCluster(cluster);
  const builder = machines[context.settings.functionsOnControlPlane ? 0 : 1] as Machine;
  const registry = stackRegistry(build, builder, machines, cluster, context);
  const loginIn = (namespace: string, resource: pulumi.Resource): pulumi.Resource =>
    new kubernetes.core.v1.Secret(
      `${context.stack}-${namespace}-login`,
      registry.loginSecret({ name: LOGIN, namespace }),
      { ...options, dependsOn: resource },
    );
  const { privilegedBuilds: privileged } = context.settings;
  const { metadata } = buildNamespace(NAMESPACE, { privileged });
  const namespace = new kubernetes.core.v1.Namespace(`${context.stack}-${NAMESPACE}`, { metadata }, options);
  return {
    image: `${registry.host}/${SAMPLE}`,
    imageCredentials: LOGIN,
    build: {
      dockerfile: "Dockerfile",
      source: { folder: build.folder },
      args: { RUST_IMAGE: `${registry.host}/rust:${build.rust.rustTag}` },
      registries: { insecure: [registry.host] },
      // A minute or two on a machine of its own; local ones share theirs.
      timeoutSeconds: 1800,
      trigger: registry.storageId,
      job: {
        namespace: NAMESPACE,
        image: build.buildah.reference,
        privileged,
        nodeSelector: nodeOf(builder),
      },
    },
    ready: [
      loginIn(NAMESPACE, namespace),
      loginIn(functions.name, functions.resource),
      imageOn(builder, "buildah", build.buildah),
      ...registry.ready,
    ],
  };
}

/** On one machine, with Rust in it from the start. */
function stackRegistry(
  { registry: server, rust }: SampleBuild,
  builder: Machine,
  machines: readonly Machine[],
  cluster: Cluster,
  { stack }: CompositionContext,
): Registry {
  const images = [imageOn(builder, "registry", server), imageOn(builder, "rust", rust)];
  return new Registry(
    `${stack}-registry`,
    { image: server.reference, filledFrom: [rust.reference], machines, nodeSelector: nodeOf(builder) },
    { ...inCluster(cluster), dependsOn: [...cluster.ready, ...images] },
  );
}

const imageOn = (machine: Machine, name: string, { reference, digest, archive }: StoredImage): pulumi.Resource =>
  new NodeImage(`${machine.name}-${name}`, { machine, reference, digest, archive }).present;

const nodeOf = ({ name }: Machine): Record<string, string> => ({ "kubernetes.io/hostname": name });
