import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type Cluster, inCluster } from "../components/cluster";
import { functionNamespace, WasmFunction } from "../components/function";
import type { NodeRuntimeDaemonSet } from "../components/node-daemonset";
import type { WasmRuntime } from "../components/wasm-runtime";
import type { Unasked } from "../infra/report/answers";
import { sampleCommand } from "../infra/toolchain/sample";
import type { CompositionContext } from "./composition";
import type { Push } from "./existing";
import { platformSample, registryLogin } from "./platform-sample";

const SAMPLE = "http-server";

const UNASKED: Unasked = {
  state: "Declared",
  reason: "asked in the cluster; not from here, where its nodes' addresses may lead nowhere",
};

/** Where and after what the sample is served. */
interface Place {
  cluster: Cluster;
  runtime: NodeRuntimeDaemonSet;
  wasm: WasmRuntime;
  /** What must exist before a function of the platform's lanes is declared. */
  platform: readonly pulumi.Resource[];
  /** Image with curl and a shell. */
  client: string;
  push: Push;
}

/** The sample in a cluster that somebody else runs, as the stack's outputs describe it. */
export function existingSample(place: Place, { stack, settings, artifacts }: CompositionContext): object[] {
  const { cluster, runtime, wasm, platform, client, push } = place;
  const { sample, sampleLane, sampleReplicas, functionPort } = settings;
  if (!sample) return [];
  const { architecture } = artifacts.payload!.manifest;
  const options = inCluster(cluster);
  const { metadata } = new kubernetes.core.v1.Namespace(
    `${stack}-functions`,
    functionNamespace("functions", sampleLane),
    options,
  );
  // The image of this host's architecture, which not every node of the cluster need have, from the same registry.
  const asking = { image: client, nodeSelector: { "kubernetes.io/arch": architecture }, withImageCredentials: true };
  const args = { namespace: metadata.name, verify: { body: "WasmEdge", expect: "WasmEdge", ...asking } };
  const dependsOn = [runtime.proved, wasm];
  const how = { runtimeClass: wasm.className, runtime: runtime.nodes.apply(([first]) => versionsOf(first?.versions)) };
  if (sampleLane !== "direct") {
    const after = { ...options, dependsOn: [...dependsOn, ...platform] };
    return [{ ...platformSample({ args, options: after }, settings), ...how }];
  }
  const { image, pushed } = push(SAMPLE, artifacts.sample!);
  const served = new WasmFunction(
    SAMPLE,
    {
      ...args,
      ...registryLogin(settings),
      image,
      imagePullPolicy: "IfNotPresent",
      command: sampleCommand(SAMPLE),
      probes: { readiness: { path: "/" }, liveness: { path: "/" } },
      replicas: sampleReplicas,
      http: { route: "/echo", service: { type: "NodePort", nodePort: functionPort } },
      host: runtime.nodes.apply(([first]) => first?.address ?? ""),
    },
    { ...options, dependsOn: [...dependsOn, pushed] },
  );
  return [{ name: SAMPLE, url: served.url, unasked: UNASKED, ...how }];
}

const versionsOf = ({ crun, wasmedge } = { crun: "?", wasmedge: "?" }): string =>
  `crun ${crun} +WASM:wasmedge ${wasmedge}`;
