import { annotation, objectsAt, type Properties, textAt } from "../toolchain/plugins/kubernetes/values";

/** On the copy of a pod that the kubelet runs from a file of its own. */
const STATIC_POD = "kubernetes.io/config.mirror";

/** A pod that has to leave its node. */
export interface LeavingPod {
  /** `namespace/name`. */
  title: string;
  path: string;
  uid: string;
  /** Told to end already. */
  ending: boolean;
  /** Nobody makes it again elsewhere. */
  alone: boolean;
}

/**
 * The pods that have to leave a node: not those of DaemonSets, which come back for as long as the node is there, nor
 * those that the kubelet runs from files, nor those that have ended.
 */
export const leavingPods = (pods: readonly Properties[]): LeavingPod[] =>
  pods.filter((pod) => !stays(pod) && !hasEnded(pod)).map(leavingPod);

const owners = (pod: Properties): Properties[] =>
  objectsAt(pod, "metadata", "ownerReferences").filter(({ controller }) => controller === true);

const stays = (pod: Properties): boolean =>
  annotation(pod, STATIC_POD) !== undefined || owners(pod).some((owner) => textAt(owner, "kind") === "DaemonSet");

const hasEnded = (pod: Properties): boolean => ["Succeeded", "Failed"].includes(textAt(pod, "status", "phase") ?? "");

function leavingPod(pod: Properties): LeavingPod {
  const [namespace, name] = [textAt(pod, "metadata", "namespace") ?? "", textAt(pod, "metadata", "name") ?? ""];
  return {
    title: `${namespace}/${name}`,
    path: `/api/v1/namespaces/${namespace}/pods/${name}`,
    uid: textAt(pod, "metadata", "uid") ?? "",
    ending: textAt(pod, "metadata", "deletionTimestamp") !== undefined,
    alone: owners(pod).length === 0,
  };
}

/** Whether a node's kubelet reports: without it no pod of the node ever ends. */
export const isReady = (node: Properties): boolean =>
  objectsAt(node, "status", "conditions").some(
    (condition) => textAt(condition, "type") === "Ready" && textAt(condition, "status") === "True",
  );
