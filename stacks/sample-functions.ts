import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Cluster, inCluster } from "../components/cluster";
import { functionNamespace, WasmFunction, type WasmFunctionArgs } from "../components/function";
import { NodeImage } from "../components/node-images";
import type { WasmRuntime } from "../components/wasm-runtime";
import type { Artifacts } from "../infra/artifacts";
import type { Unasked } from "../infra/report/answers";
import type { StoredImage } from "../infra/toolchain/oci";
import { sampleCommand } from "../infra/toolchain/sample";
import { versions } from "../infra/versions";
import { builtSample } from "./built-sample";
import type { CompositionContext } from "./composition";
import { daprContainer, SIDECAR_VARIABLES } from "./dapr-sidecar";
import { platformSample } from "./platform-sample";
import type { MachineTraits, WasmMachine } from "./wasm-on-machines";

/** It has no pods: nobody is there to answer. */
const STOPPED: Unasked = { state: "Stopped", reason: "no replicas are asked for" };

/** Where and after what every sample is served. */
interface Place {
  machines: WasmMachine[];
  args: Pick<WasmFunctionArgs, "namespace" | "probes" | "host" | "verify">;
  options: pulumi.ComponentResourceOptions & { dependsOn: pulumi.Resource[] };
}

/** Where the image of http-server comes from, and what has to be there before. */
type SampleImageSource = Pick<WasmFunctionArgs, "image" | "imagePullPolicy" | "imageCredentials" | "build"> & {
  ready: pulumi.Resource[];
};

/**
 * The samples that the settings ask for, served, and as the stack's outputs describe them.
 *
 * @param platform what must exist before a function of its lanes is declared
 */
export function sampleFunctions(
  machines: WasmMachine[],
  cluster: Cluster,
  wasm: WasmRuntime,
  platform: readonly pulumi.Resource[],
  context: CompositionContext,
  traits: MachineTraits,
): unknown[] {
  const { stack, artifacts, settings } = context;
  const { sample, sampleBuild, daprSample } = artifacts;
  const onPlatform = settings.sampleLane !== "direct";
  if (!sample && !sampleBuild && !daprSample && !onPlatform) return [];
  const options = inCluster(cluster);
  const namespace = new kubernetes.core.v1.Namespace(
    `${stack}-functions`,
    functionNamespace("functions", settings.sampleLane),
    options,
  );
  const place: Place = {
    machines,
    args: {
      namespace: namespace.metadata.name,
      probes: { readiness: { path: "/" }, liveness: { path: "/" } },
      host: dialledHost(machines[0]!),
      ...asked(traits),
    },
    options: { ...options, dependsOn: [wasm, ...cluster.ready] },
  };
  const functions = { name: "functions", resource: namespace };
  const { crun, wasmedge } = machines[0]!.runtime.versions;
  const how = { runtimeClass: wasm.className, runtime: pulumi.interpolate`crun ${crun} +WASM:wasmedge ${wasmedge}` };
  return [
    ...(sample ? [{ ...httpServer(place, copiedSample(sample, machines), context), ...how }] : []),
    ...(sampleBuild
      ? [{ ...httpServer(place, builtSample(sampleBuild, machines, functions, cluster, context), context), ...how }]
      : []),
    ...(onPlatform ? [{ ...platformSample(after(place, platform), settings), ...how }] : []),
    ...(daprSample ? [{ ...daprState(place, daprSample), ...how }] : []),
  ];
}

const after = ({ args: { namespace, verify }, options }: Place, platform: readonly pulumi.Resource[]) => ({
  args: { namespace, verify },
  options: { ...options, dependsOn: [...options.dependsOn, ...platform] },
});

/** The image that was made on this host, on every machine. */
const copiedSample = (sample: StoredImage, machines: WasmMachine[]): SampleImageSource => ({
  image: sample.reference,
  imagePullPolicy: "Never",
  ready: onEach(machines, "http-server", sample),
});

function httpServer(
  { args, options }: Place,
  { ready, ...image }: SampleImageSource,
  { settings }: CompositionContext,
): object {
  const served = new WasmFunction(
    "http-server",
    {
      ...args,
      ...image,
      command: sampleCommand("http-server"),
      replicas: settings.sampleReplicas,
      http: { route: "/echo", service: { type: "NodePort", nodePort: settings.functionPort } },
    },
    { ...options, dependsOn: [...options.dependsOn, ...ready] },
  );
  return { name: "http-server", url: served.url, ...(settings.sampleReplicas === 0 ? { unasked: STOPPED } : {}) };
}

function daprState({ machines, args, options }: Place, { image, daprd }: NonNullable<Artifacts["daprSample"]>): object {
  const images = [...onEach(machines, "dapr-state", image), ...onEach(machines, "daprd", daprd)];
  const served = new WasmFunction(
    "dapr-state",
    {
      ...args,
      image: image.reference,
      imagePullPolicy: "Never",
      command: sampleCommand("dapr-state"),
      env: SIDECAR_VARIABLES,
      sidecars: [daprContainer("dapr-state", daprd.reference)],
      // What is posted there is answered with what the store gives back.
      http: { route: "/state/asked", service: { type: "NodePort" } },
    },
    { ...options, dependsOn: [...options.dependsOn, ...images] },
  );
  return {
    name: "dapr-state",
    url: served.url,
    beside: `daprd ${versions.dapr} with its store in memory`,
  };
}

/** The image on every machine. */
const onEach = (machines: WasmMachine[], name: string, image: StoredImage): pulumi.Resource[] =>
  machines.map((machine) => new NodeImage(`${machine.name}-${name}`, { machine, ...image }).present);

/** Every sample answers with what it is sent. Machines that pull nothing, and have no curl, cannot ask. */
const asked = ({ httpClient }: MachineTraits): Required<Pick<WasmFunctionArgs, "verify">> => ({
  verify: httpClient !== undefined && {
    body: "WasmEdge",
    expect: "WasmEdge",
    image: httpClient,
    imagePullPolicy: "Never",
  },
});

/** Where this program, and so its user, reaches a machine. */
const dialledHost = ({ connection }: WasmMachine): pulumi.Output<string> =>
  pulumi.unsecret(pulumi.output(connection)).apply(({ host }) => host);
