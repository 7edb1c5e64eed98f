import {
  ABSENT,
  DELIVERY_ANNOTATION,
  type DeliveredNode,
  type NodeRollRequest,
  POD_LABELS,
  ROLL_ANNOTATIONS,
  ROLL_LEASE,
} from "../../components/node-daemonset";
import { PROOF_ANNOTATIONS } from "../../components/wasm-runtime";
import type { Client } from "../toolchain/plugins/kubernetes/client";
import { isGone } from "../toolchain/plugins/kubernetes/errors";
import { listAll } from "../toolchain/plugins/kubernetes/listing";
import { podTroubles } from "../toolchain/plugins/kubernetes/ready/pods";
import { annotation, at, numberAt, objectsAt, type Properties, textAt } from "../toolchain/plugins/kubernetes/values";

/** An API server may be gone for a moment, its own node's containerd being restarted. */
const RETRY_MS = 60_000;

/** What stopped a roll. */
export interface Stop {
  /** Generation, or `absent`. */
  target: string;
  node: string;
  /** UID of the pod. */
  pod: string;
  reason: string;
}

/** How far the DaemonSet's controller is. */
export interface Progress {
  /** False as long as it has not seen the last change. */
  observed: boolean;
  /** Nodes that are to have a pod. */
  wanted: number;
  /** Pods of the last change that are ready. */
  ready: number;
}

/** The delivery in one cluster, as its objects tell it. */
export class DeliveryCluster {
  constructor(
    private readonly client: Client,
    private readonly request: Pick<NodeRollRequest, "namespace" | "daemonSet" | "generation" | "canary">,
  ) {}

  async progress(): Promise<Progress> {
    const { namespace, daemonSet } = this.request;
    const live = await this.get(`/apis/apps/v1/namespaces/${namespace}/daemonsets/${daemonSet}`);
    const count = (key: string): number => numberAt(live, "status", key) ?? 0;
    return {
      observed: count("observedGeneration") >= (numberAt(live, "metadata", "generation") ?? 0),
      wanted: count("desiredNumberScheduled"),
      ready: Math.min(count("updatedNumberScheduled"), count("numberReady")),
    };
  }

  /** What stopped a roll to the target; undefined: nothing, or it was another roll. */
  async stop(target: string): Promise<Stop | undefined> {
    const lease = await this.get(this.leasePath());
    const said = (key: keyof typeof ROLL_ANNOTATIONS): string => annotation(lease, ROLL_ANNOTATIONS[key]) ?? "";
    if (said("stopped") !== target) return undefined;
    return { target, node: said("node"), pod: said("pod"), reason: said("reason") };
  }

  /** Nodes with something of ours on them: proved or not. */
  async touched(): Promise<string[]> {
    const nodes = await this.nodes();
    return nodes.filter((node) => annotation(node, DELIVERY_ANNOTATION) !== undefined).map(nameOf);
  }

  /** Nodes on which the generation is proved. */
  async delivered(): Promise<DeliveredNode[]> {
    const nodes = await this.nodes();
    return nodes
      .filter((node) => annotation(node, DELIVERY_ANNOTATION) === this.request.generation)
      .map((node) => ({
        name: nameOf(node),
        address: internalAddress(node),
        versions: {
          crun: annotation(node, PROOF_ANNOTATIONS.crun) ?? "",
          wasmedge: annotation(node, PROOF_ANNOTATIONS.wasmedge) ?? "",
          containerd: annotation(node, PROOF_ANNOTATIONS.containerd) ?? "",
        },
        payloadDigest: annotation(node, PROOF_ANNOTATIONS.payload) ?? "",
        provedAt: annotation(node, PROOF_ANNOTATIONS.provedAt) ?? "",
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Why pods of the delivery do not run, a sentence each: an image that cannot be pulled, a node without room; and a
   * first node that there is no pod on, which all others wait for.
   */
  async troubles(): Promise<string[]> {
    const pods = await this.pods();
    return [...canaryTroubles(pods, this.request.canary), ...podTroubles(pods)];
  }

  /** Has the kubelet start the pod anew that stopped the roll, which tries its node again at once. */
  async retry({ pod: uid }: Stop): Promise<void> {
    const pod = (await this.pods()).find((one) => textAt(one, "metadata", "uid") === uid);
    if (pod === undefined) return;
    const path = `/api/v1/namespaces/${this.request.namespace}/pods/${nameOf(pod)}`;
    const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } };
    try {
      await this.client.call({ method: "DELETE", path, body, retryForMs: RETRY_MS });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** Tells the pods whether the nodes are to be given back. */
  async want(absent: boolean): Promise<void> {
    await this.client.call({
      method: "PATCH",
      path: this.leasePath(),
      contentType: "application/merge-patch+json",
      body: { metadata: { annotations: { [ROLL_ANNOTATIONS.wanted]: absent ? ABSENT : null } } },
      retryForMs: RETRY_MS,
    });
  }

  private leasePath(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.request.namespace}/leases/${ROLL_LEASE}`;
  }

  private get(path: string): Promise<Properties> {
    return this.client.call({ method: "GET", path, retryForMs: RETRY_MS });
  }

  private nodes(): Promise<Properties[]> {
    return listAll(this.client, "/api/v1/nodes", { retryForMs: RETRY_MS });
  }

  /** One a node at most: no need for pages. */
  private async pods(): Promise<Properties[]> {
    const labels = Object.entries(POD_LABELS).map(([key, value]) => `${key}=${value}`);
    const path = `/api/v1/namespaces/${this.request.namespace}/pods`;
    const query = { labelSelector: labels.join() };
    return objectsAt(await this.client.call({ method: "GET", path, query, retryForMs: RETRY_MS }), "items");
  }
}

/** A name that nobody has is known by this alone: the pods only wait for it. */
export function canaryTroubles(pods: readonly Properties[], canary: string | undefined): string[] {
  const nodes = pods.map((pod) => textAt(pod, "spec", "nodeName") ?? "");
  if (canary === undefined || nodes.includes(canary)) return [];
  const there = nodes.filter((node) => node !== "").sort();
  // The pods are being made.
  if (there.length === 0 || there.length < nodes.length) return [];
  return [`canary ${canary} has no pod, and the others wait for it: name one of ${there.join(", ")}, or none`];
}

const nameOf = (object: Properties): string => textAt(object, "metadata", "name") ?? "";

const internalAddress = (node: Properties): string => {
  const found = objectsAt(node, "status", "addresses").find((one) => at(one, "type") === "InternalIP");
  return textAt(found, "address") ?? "";
};
