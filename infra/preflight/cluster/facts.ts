import { MARKER } from "../../marker";
import { Client } from "../../toolchain/plugins/kubernetes/client";
import { isForbidden, isGone } from "../../toolchain/plugins/kubernetes/errors";
import { access } from "../../toolchain/plugins/kubernetes/kubeconfig";
import { listAll, METADATA_LIST } from "../../toolchain/plugins/kubernetes/listing";
import { annotation, objectsAt, type Properties, textAt } from "../../toolchain/plugins/kubernetes/values";

/** An object of the cluster and what tells whose it is. */
export interface LiveObject {
  name: string;
  /** Value of the marker of our stacks. */
  marker?: string;
  /** Who seems to own it, for people; absent when nothing tells. */
  owner?: string;
  /** It is being deleted. */
  leaving: boolean;
}

export interface LiveNamespace extends LiveObject {
  /** Pod Security level that it enforces; absent: the cluster's default, which nobody can ask for. */
  enforces?: string;
}

/** What a running cluster says of itself. What the user may not ask for is absent and named in `forbidden`. */
export interface ClusterFacts {
  /** The API server's own version, as it says it: `v1.34.4`, `v1.31.2-gke.1`. */
  version: string;
  definitions?: LiveObject[];
  namespaces?: LiveNamespace[];
  /** Kinds that are served, of the groups that layers need of each other: `group/version Kind`. */
  served?: string[];
  /** Names of ClusterBuildStrategies. */
  strategies?: string[];
  storageClasses?: { name: string; isDefault: boolean }[];
  nodes?: { name: string; architecture?: string }[];
  /** What tells that Services of type LoadBalancer get an address; empty: nothing does. */
  loadBalancer?: string;
  /** Questions that the user's credentials do not allow. */
  forbidden: string[];
}

/** All questions together: this is a look before the work, and the engine says better what is wrong with a dead cluster. */
const ANSWER_MS = 15_000;

/** Groups whose kinds one layer needs of another. */
const ASKED_GROUPS = [
  "gateway.networking.k8s.io/v1alpha2",
  "gateway.networking.k8s.io/v1beta1",
  "serving.knative.dev/v1",
  "shipwright.io/v1alpha1",
  "tekton.dev/v1beta1",
];

/**
 * Asks a cluster what it is and what it has. Changes nothing.
 *
 * @throws ApiError or UnreachableError when it does not answer, or not in time
 */
export async function clusterFacts(kubeconfig: string, deadlineMs = ANSWER_MS): Promise<ClusterFacts> {
  const client = new Client(access({ kubeconfig }));
  const end = Date.now() + deadlineMs;
  // One signal for all would warn of its many listeners.
  const remaining = (): AbortSignal => AbortSignal.timeout(Math.max(1, end - Date.now()));
  const get = (path: string): Promise<Properties> => client.call({ method: "GET", path, signal: remaining() });
  const list = (path: string, accept?: string): Promise<Properties[]> =>
    listAll(client, path, { accept, signal: remaining });
  const forbidden: string[] = [];
  const asked = async <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (error) {
      if (!isForbidden(error)) throw error;
      forbidden.push(what);
      return undefined;
    }
  };
  try {
    const { gitVersion } = await get("/version");
    const [definitions, namespaces, served, strategies, storageClasses, nodes, services] = await Promise.all([
      asked("CustomResourceDefinitions", () =>
        list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", METADATA_LIST),
      ),
      asked("Namespaces", () => list("/api/v1/namespaces", METADATA_LIST)),
      asked("served kinds", async () => (await Promise.all(ASKED_GROUPS.map((group) => kindsOf(group, get)))).flat()),
      asked("ClusterBuildStrategies", () =>
        unlessGone(() => list("/apis/shipwright.io/v1alpha1/clusterbuildstrategies", METADATA_LIST)),
      ),
      asked("StorageClasses", () => list("/apis/storage.k8s.io/v1/storageclasses")),
      asked("Nodes", () => list("/api/v1/nodes")),
      asked("Services", () => list("/api/v1/services")),
    ]);
    return {
      version: String(gitVersion),
      definitions: definitions?.map(liveObject),
      namespaces: namespaces?.map((item) => ({ ...liveObject(item), enforces: enforced(item) })),
      served,
      strategies: strategies?.map(nameOf),
      storageClasses: storageClasses?.map((item) => ({ name: nameOf(item), isDefault: isDefaultClass(item) })),
      nodes: nodes?.map((item) => ({
        name: nameOf(item),
        architecture: textAt(item, "status", "nodeInfo", "architecture"),
      })),
      loadBalancer: nodes && services && loadBalancerEvidence(nodes, services),
      forbidden: forbidden.sort(),
    };
  } finally {
    client.close();
  }
}

const nameOf = (item: Properties): string => textAt(item, "metadata", "name") ?? "";

/** A group that the cluster does not have, or not any more, is no failure. */
async function unlessGone<T>(ask: () => Promise<T[]>): Promise<T[]> {
  try {
    return await ask();
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

const kindsOf = (group: string, get: (path: string) => Promise<Properties>): Promise<string[]> =>
  unlessGone(async () =>
    objectsAt(await get(`/apis/${group}`), "resources")
      .filter(({ name }) => !String(name).includes("/"))
      .map(({ kind }) => `${group} ${String(kind)}`),
  );

const liveObject = (item: Properties): LiveObject => ({
  name: nameOf(item),
  marker: annotation(item, MARKER),
  owner: apparentOwner(item),
  leaving: textAt(item, "metadata", "deletionTimestamp") !== undefined,
});

/** Who seems to own an object, by what installers write into it; else by who wrote its fields. */
function apparentOwner(item: Properties): string | undefined {
  const stack = annotation(item, MARKER);
  if (stack !== undefined) return `stack ${stack}`;
  const release = annotation(item, "meta.helm.sh/release-name");
  if (release !== undefined) {
    return `Helm release ${release} in namespace ${annotation(item, "meta.helm.sh/release-namespace") ?? "default"}`;
  }
  const manager = textAt(item, "metadata", "labels", "app.kubernetes.io/managed-by");
  if (manager !== undefined) return `managed by ${manager}`;
  const writers = objectsAt(item, "metadata", "managedFields")
    .filter(({ subresource }) => subresource !== "status")
    .flatMap((entry) => textAt(entry, "manager") ?? []);
  // The API server writes into each object of its own accord.
  const people = [...new Set(writers)].filter((name) => name !== "kube-apiserver");
  return people.length > 0 ? `written by ${people.join(", ")}` : undefined;
}

const enforced = (item: Properties): string | undefined =>
  textAt(item, "metadata", "labels", "pod-security.kubernetes.io/enforce");

const isDefaultClass = (item: Properties): boolean =>
  annotation(item, "storageclass.kubernetes.io/is-default-class") === "true";

/** Clouds name their machines in `providerID`; kind does too, and has nothing that gives addresses. */
const NO_CLOUD = /^kind:/;

function loadBalancerEvidence(nodes: readonly Properties[], services: readonly Properties[]): string {
  const served = services.find((item) => hasAddress(item));
  if (served) return `Service ${textAt(served, "metadata", "namespace")}/${nameOf(served)} has an address`;
  const provider = nodes.map((item) => textAt(item, "spec", "providerID")).find((id) => id && !NO_CLOUD.test(id));
  return provider ? `machines of ${provider.split(":")[0]}` : "";
}

const hasAddress = (item: Properties): boolean =>
  textAt(item, "spec", "type") === "LoadBalancer" && objectsAt(item, "status", "loadBalancer", "ingress").length > 0;
