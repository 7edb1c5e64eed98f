import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { AwsFiles } from "../components/aws-files";
import { inCluster } from "../components/cluster";
import { EksCluster, EksNodes } from "../components/eks";
import { functionNamespace, WasmFunction } from "../components/function";
import { WasmRuntime } from "../components/wasm-runtime";
import { containerdLines } from "../infra/compatibility";
import type { Mistake, Settings } from "../infra/settings";
import { awsNetworkMistakes } from "../infra/settings/aws";
import { eksMistakes, eksNameMistakes } from "../infra/settings/eks";
import { hostArchitecture } from "../infra/toolchain/architecture";
import { sampleCommand } from "../infra/toolchain/sample";
import { type AwsPlace, awsPlace } from "./aws-place";
import type { Composition, CompositionContext } from "./composition";
import { platformSample, registryLogin } from "./platform-sample";
import { functionPlatform } from "./wasm-on-machines";

const SAMPLE = "http-server";

/** A control plane that AWS runs, and nodes that prove the runtime before they join. */
export const eks: Composition = {
  description: "a managed cluster on AWS EKS",
  needs: ["payload", "charts"],
  plugins: ["aws"],
  problems: (settings, stack) => [
    ...eksNameMistakes(stack),
    ...awsNetworkMistakes(settings),
    ...eksMistakes(settings),
    ...rollMistakes(settings),
    ...sampleMistakes(settings),
  ],
  declare(context) {
    const place = awsPlace(context);
    const cluster = controlPlane(context, place);
    const nodes = proving(context, place, cluster);
    cluster.addCoreDns(nodes.group);
    // Nodes carry the label from their first moment, which comes after the proof.
    const wasm = new WasmRuntime(`${context.stack}-wasm`, { nodes: [] }, inCluster(cluster));
    const platform = functionPlatform(cluster, context);
    const ready = [wasm, ...cluster.ready, ...(platform?.ready ?? [])];
    return {
      kubeconfig: cluster.kubeconfig,
      functions: sample(context, cluster, ready),
      ...(platform === undefined ? {} : { platform: { workloads: platform.workloads, withheld: platform.withheld } }),
    };
  },
};

/** AWS replaces the nodes of a group, one at a time and in an order of its own. */
function rollMistakes({ canary, maxUnavailable, reconcile }: Settings): Mistake[] {
  const mistakes: Mistake[] = [];
  if (canary !== undefined)
    mistakes.push({
      key: "canary",
      value: canary,
      allowed: "nothing on EKS, which takes its nodes in an order of its own",
    });
  if (maxUnavailable !== 1) mistakes.push({ key: "maxUnavailable", value: `${maxUnavailable}`, allowed: "1 on EKS" });
  if (reconcile !== "")
    mistakes.push({
      key: "reconcile",
      value: reconcile,
      allowed: "nothing on EKS, whose nodes are replaced and not mended",
    });
  return mistakes;
}

/** What nodes cannot be given without a login on them. */
function sampleMistakes({ sample, imagePrefix, sampleBuild, daprSample }: Settings): Mistake[] {
  const mistakes: Mistake[] = [];
  if (sample && imagePrefix === undefined) {
    const allowed = `the registry, and perhaps a folder in it, that has the image ${SAMPLE}:0.1.0, or sample false`;
    mistakes.push({ key: "imagePrefix", value: "(not set)", allowed });
  }
  if (sampleBuild !== undefined) {
    const allowed = "nothing on EKS; sampleRepository with sampleLane openfunction builds there";
    mistakes.push({ key: "sampleBuild", value: sampleBuild, allowed });
  }
  if (daprSample) mistakes.push({ key: "daprSample", value: "true", allowed: "false on EKS" });
  return mistakes;
}

function controlPlane({ stack, settings }: CompositionContext, { network, tags, provider }: AwsPlace): EksCluster {
  const { kubernetesVersion, awsRegion, awsApiPublic, awsApiCidrs, awsTerminationProtection, production } = settings;
  return new EksCluster(
    `${stack}-cluster`,
    {
      clusterName: stack,
      kubernetesVersion: kubernetesVersion.split(".").slice(0, 2).join("."),
      network,
      region: awsRegion,
      admins: settings.eksAdmins,
      publicAccessCidrs: awsApiPublic ? awsApiCidrs : [],
      addons: settings.eksAddons!,
      deletionProtection: production || awsTerminationProtection,
      tags,
    },
    { providers: [provider] },
  );
}

function proving(
  { stack, settings, artifacts }: CompositionContext,
  { network, tags, provider }: AwsPlace,
  cluster: EksCluster,
): EksNodes {
  const { nodes, awsArchitecture, awsInstanceType, awsImage, awsDiskGib, awsSpot, awsRegion } = settings;
  const payload = artifacts.payload!;
  const options: pulumi.ComponentResourceOptions = { providers: [provider] };
  const files = new AwsFiles(`${stack}-files`, { payload, region: awsRegion, tags }, options);
  return new EksNodes(
    `${stack}-nodes`,
    {
      cluster: cluster.membership,
      network,
      payload,
      files,
      runtime: { containerdVersions: containerdLines },
      imageId: awsImage!,
      architecture: awsArchitecture ?? hostArchitecture(),
      instanceTypes: [awsInstanceType],
      count: nodes,
      diskGib: awsDiskGib,
      spot: awsSpot,
      tags,
    },
    options,
  );
}

/** http-server, from the registry that nodes pull from. */
function sample({ stack, settings }: CompositionContext, cluster: EksCluster, ready: pulumi.Resource[]): object[] {
  if (!settings.sample) return [];
  const { sampleLane, sampleReplicas, imagePrefix } = settings;
  const options = inCluster(cluster);
  const { metadata } = new kubernetes.core.v1.Namespace(
    `${stack}-functions`,
    functionNamespace("functions", sampleLane),
    { ...options, dependsOn: ready },
  );
  const args = { namespace: metadata.name, verify: { body: "WasmEdge", expect: "WasmEdge" } };
  const place = { args, options: { ...options, dependsOn: ready } };
  if (sampleLane !== "direct") return [platformSample(place, settings)];
  const served = new WasmFunction(
    SAMPLE,
    {
      ...args,
      image: `${imagePrefix}/${SAMPLE}:0.1.0`,
      ...registryLogin(settings),
      command: sampleCommand(SAMPLE),
      replicas: sampleReplicas,
      probes: { readiness: { path: "/" }, liveness: { path: "/" } },
      http: { route: "/echo" },
    },
    place.options,
  );
  return [{ name: SAMPLE, url: served.url }];
}
