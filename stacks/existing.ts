import * as pulumi from "@pulumi/pulumi";
import { ExistingCluster, inCluster } from "../components/cluster";
import { NodeRuntimeDaemonSet } from "../components/node-daemonset";
import { PushedImage } from "../components/pushed-image";
import { WasmRuntime } from "../components/wasm-runtime";
import { containerdLines } from "../infra/compatibility";
import { type Mistake, type Settings, SettingsError } from "../infra/settings";
import type { StoredImage } from "../infra/toolchain/oci";
import type { Composition, CompositionContext } from "./composition";
import { existingSample } from "./existing-sample";
import { registryLogin } from "./platform-sample";
import { functionPlatform } from "./wasm-on-machines";

const NO_KUBECONFIG = {
  key: "kubeconfig",
  value: "(not set)",
  allowed: "a kubeconfig: kubectl config view --raw --flatten --minify | pulumi config set --secret kubeconfig",
};

/** The cluster that somebody else runs: nobody here has a login on its machines. */
export const existing: Composition = {
  description: "a cluster that you have a kubeconfig of",
  needs: ["payload", "deliveryImage", "sample", "charts"],
  problems,
  declare(context) {
    const { stack, settings, artifacts } = context;
    if (settings.kubeconfig === "") throw new SettingsError([NO_KUBECONFIG]);
    const cluster = new ExistingCluster(`${stack}-cluster`, {
      clusterName: stack,
      kubeconfig: pulumi.secret(settings.kubeconfig),
      ...(settings.kubeContext === undefined ? {} : { context: settings.kubeContext }),
    });
    const push = pushTo(context);
    const image = push("node-runtime", artifacts.deliveryImage!);
    const runtime = new NodeRuntimeDaemonSet(
      `${stack}-runtime`,
      {
        payload: artifacts.payload!,
        image: image.image,
        kubeconfig: cluster.kubeconfig,
        containerdVersions: containerdLines,
        ...(settings.canary === undefined ? {} : { canary: settings.canary }),
        ...(settings.reconcile === "" ? {} : { reconcile: settings.reconcile }),
        ...pullLogin(settings),
      },
      { ...inCluster(cluster), dependsOn: [image.pushed] },
    );
    // Its pods mark the nodes themselves; the class leads to none before.
    const wasm = new WasmRuntime(`${stack}-wasm`, { nodes: [] }, inCluster(cluster));
    const platform = functionPlatform(cluster, context);
    const served = { cluster, runtime, wasm, platform: platform?.ready ?? [], client: image.image, push };
    return {
      kubeconfig: cluster.kubeconfig,
      nodes: runtime.nodes,
      functions: existingSample(served, context),
      ...(platform === undefined ? {} : { platform: { workloads: platform.workloads, withheld: platform.withheld } }),
    };
  },
};

/** What this composition has no machines for. */
function problems({ imagePrefix, sampleBuild, daprSample, maxUnavailable }: Settings): Mistake[] {
  const mistakes: Mistake[] = [];
  if (maxUnavailable !== 1) {
    const allowed = "1 in composition existing: its nodes change one at a time";
    mistakes.push({ key: "maxUnavailable", value: `${maxUnavailable}`, allowed });
  }
  if (imagePrefix === undefined) {
    const allowed = "a registry and perhaps a folder in it, from which the cluster's nodes pull what is pushed there";
    mistakes.push({ key: "imagePrefix", value: "(not set)", allowed });
  }
  if (sampleBuild !== undefined) {
    const allowed = "nothing in composition existing; sampleRepository with sampleLane openfunction builds there";
    mistakes.push({ key: "sampleBuild", value: sampleBuild, allowed });
  }
  if (daprSample) mistakes.push({ key: "daprSample", value: "true", allowed: "false in composition existing" });
  return mistakes;
}

/** Pushes images of this host to the registry that the cluster pulls from. */
export type Push = (name: string, image: StoredImage) => PushedImage;

function pushTo({ stack, settings }: CompositionContext): Push {
  const { imagePrefix, registryUsername: username, registryPassword } = settings;
  const login = username === "" ? {} : { login: pulumi.secret({ username, password: registryPassword }) };
  return (name, image) =>
    new PushedImage(`${stack}-${name}-image`, { ...image, repository: `${imagePrefix}/${name}`, ...login });
}

function pullLogin(settings: Settings) {
  const { imageCredentials } = registryLogin(settings);
  if (imageCredentials === undefined) return {};
  const { server, username, password } = imageCredentials;
  return { imageCredentials: { server, login: pulumi.output({ username, password }) } };
}
