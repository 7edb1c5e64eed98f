import { Client } from "../toolchain/plugins/kubernetes/client";
import { isGone } from "../toolchain/plugins/kubernetes/errors";
import { access } from "../toolchain/plugins/kubernetes/kubeconfig";
import { numberAt, type Properties } from "../toolchain/plugins/kubernetes/values";

/** The platform as the stack's outputs describe it. */
export interface PlatformOutput {
  /** Deployments, DaemonSets and StatefulSets of its controllers, `Kind namespace/name`. */
  workloads: readonly string[];
  /** Objects that were left out because nobody would have answered for them, `Kind/name`. */
  withheld: readonly string[];
}

/** How the cluster's answer is waited for: this is a look, not a deployment. */
const ANSWER_MS = 10_000;

/**
 * One line a controller of the platform, and one for each object that was left out; nothing where there is no platform.
 *
 * @param kubeconfig is asked for only where there is one
 */
export async function platformTable(
  outputs: Readonly<Record<string, unknown>>,
  kubeconfig: () => Promise<string>,
): Promise<{ text: string; allWell: boolean }> {
  const platform = outputs.platform as PlatformOutput | undefined;
  if (platform === undefined) return { text: "", allWell: true };
  const withheld = platform.withheld.map(
    (name) => `${name}   Withheld   until its controller runs: platformAwait "ready"\n`,
  );
  const workloads = await statesOf(platform.workloads, kubeconfig);
  return {
    text: [...workloads.map(({ line }) => line), ...withheld].join(""),
    allWell: withheld.length === 0 && workloads.every(({ ready }) => ready),
  };
}

interface State {
  line: string;
  ready: boolean;
}

async function statesOf(workloads: readonly string[], kubeconfig: () => Promise<string>): Promise<State[]> {
  try {
    const client = new Client(access({ kubeconfig: await kubeconfig() }));
    return await Promise.all(workloads.map((name) => stateOf(client, name)));
  } catch (error) {
    // The rest of the status may well say why.
    return [{ line: `platform   Unknown   ${(error as Error).message}\n`, ready: false }];
  }
}

/** Ready when all of the replicas that are wanted are. */
async function stateOf(client: Client, workload: string): Promise<State> {
  const [kind, name] = workload.split(" ") as [string, string];
  const [namespace, own] = name.split("/");
  const path = `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${own}`;
  try {
    const live = await client.call({ method: "GET", path, signal: AbortSignal.timeout(ANSWER_MS) });
    const [wanted, ready] = replicasOf(kind, live);
    const state = ready >= wanted ? "Ready" : "Unready";
    return { line: `${name}   ${state}   ${ready} of ${wanted} replicas\n`, ready: ready >= wanted };
  } catch (error) {
    if (!isGone(error)) throw error;
    return { line: `${name}   Missing   up makes it again\n`, ready: false };
  }
}

/** Pods that a Deployment, StatefulSet or DaemonSet wants, and those that are ready. */
export const replicasOf = (kind: string, live: Properties): [wanted: number, ready: number] =>
  kind === "DaemonSet" ? onNodes(live) : replicas(live);

const replicas = (live: Properties): [wanted: number, ready: number] => [
  numberAt(live, "spec", "replicas") ?? 1,
  numberAt(live, "status", "readyReplicas") ?? 0,
];

const onNodes = (live: Properties): [wanted: number, ready: number] => [
  numberAt(live, "status", "desiredNumberScheduled") ?? 1,
  numberAt(live, "status", "numberReady") ?? 0,
];
