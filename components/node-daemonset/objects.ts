import { createHash } from "node:crypto";
import { join } from "node:path";
import { type KubernetesObject, namespaceObject } from "../manifests";
import { type NodePayload, type NodeTraits, TRANSACTION, transactionInputs } from "../node-runtime";
import { bundleScript, renderInputs, scriptInput } from "../remote";
import { PROOF_ANNOTATIONS, PROVED_LABEL } from "../wasm-runtime";
import { ANNOTATION_PREFIX, DAEMONSET, IMAGE_PAYLOAD, POD_LABELS, ROLL_LEASE, RUNTIME_NAMESPACE } from "./names";

/** What decides the objects. */
export interface DeliverySpec extends NodeTraits {
  payload: NodePayload;
  /** Image with the payload and the programs that the pods' script calls, pinned by digest where it is pulled. */
  image: string;
  /** Default `IfNotPresent`. */
  imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
  /** Name of a Secret of type `kubernetes.io/dockerconfigjson` in the namespace. Default: none. */
  imagePullSecret?: string;
  /** Namespace of its own. Default `ofwasm-runtime`. */
  namespace?: string;
  /** Labels of the nodes that get the runtime. Default: all nodes of the payload's architecture. */
  nodeSelector?: Readonly<Record<string, string>>;
  /** Taints that do not keep the pods away. Default: none, so that control planes are left alone where they have one. */
  tolerations?: readonly object[];
  /** Node that goes first, and alone. Default: the first by name. */
  canary?: string;
  /** Another value has every node looked at, mended and proved again. Default: none. */
  reconcile?: string;
  /** Seconds after which a pod that died holds its turn no longer, 15 to 3600. Default 60. */
  leaseSeconds?: number;
}

/** The objects, and what tells this delivery from any other. */
export interface Delivery {
  /** Names script, inputs, payload and image by content: another one is another roll. */
  generation: string;
  namespace: string;
  objects: KubernetesObject[];
}

/** Who the pods are to the cluster. */
const ACCOUNT = `${DAEMONSET}-pods`;

/** How long a pod that is asked to go may finish its transaction. The script's own waits are shorter. */
const GRACE_SECONDS = { payload: 600, node: 2_400 };

const DEFAULT_LEASE_SECONDS = 60;

/** Where pods find script and inputs. */
const DELIVERY_FOLDER = "/delivery";

/** Where pods write what they must remember. */
const RUN_FOLDER = "/run/ofwasm";

/**
 * A DaemonSet whose pods queue for a Lease and change their node's machine one after the other, with all that it needs.
 *
 * @throws as `transactionInputs` does, and for a lease time out of range
 */
export function deliveryObjects(spec: DeliverySpec): Delivery {
  const { namespace = RUNTIME_NAMESPACE } = spec;
  const data = deliveryData(spec);
  const generation = digest(JSON.stringify([data, spec.image]));
  const metadata = { name: DAEMONSET, namespace, labels: { ...POD_LABELS } };
  const configMap = `${DAEMONSET}-${generation}`;
  return {
    generation,
    namespace,
    objects: [
      // What runs there has all rights on a node, which no other level of Pod Security admits.
      namespaceObject(namespace, { "pod-security.kubernetes.io/enforce": "privileged" }),
      {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { ...metadata, name: ACCOUNT },
        automountServiceAccountToken: false,
      },
      ...rights(namespace),
      { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: ROLL_LEASE, namespace } },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { ...metadata, name: configMap }, immutable: true, data },
      { apiVersion: "apps/v1", kind: "DaemonSet", metadata, spec: daemonSet(spec, generation, configMap) },
    ],
  };
}

function deliveryData(spec: DeliverySpec): Record<string, string> {
  const { payload, canary, reconcile, leaseSeconds = DEFAULT_LEASE_SECONDS, ...traits } = spec;
  if (!Number.isInteger(leaseSeconds) || leaseSeconds < 15 || leaseSeconds > 3600)
    throw new Error(`leaseSeconds ${leaseSeconds}: a pod that died holds its turn for 15 to 3600 whole seconds`);
  const [label, labelValue] = Object.entries(PROVED_LABEL)[0]!;
  const inputs = {
    lease: ROLL_LEASE,
    lease_seconds: leaseSeconds,
    prefix: ANNOTATION_PREFIX,
    selector: Object.entries(POD_LABELS)
      .map(([key, value]) => encodeURIComponent(`${key}=${value}`))
      .join(),
    payload: IMAGE_PAYLOAD,
    label,
    label_value: labelValue,
    mark_crun: PROOF_ANNOTATIONS.crun,
    mark_wasmedge: PROOF_ANNOTATIONS.wasmedge,
    mark_containerd: PROOF_ANNOTATIONS.containerd,
    mark_payloaddigest: PROOF_ANNOTATIONS.payload,
    mark_provedat: PROOF_ANNOTATIONS.provedAt,
    ...(canary === undefined ? {} : { canary }),
  };
  return {
    inputs: renderInputs(inputs),
    "roll.sh": bundleScript(join(__dirname, "scripts", "roll.sh")),
    transaction: scriptInput(bundleScript(TRANSACTION), {
      ...transactionInputs(payload, traits),
      ...(reconcile === undefined ? {} : { reconcile }),
    }),
  };
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);

/** Nodes are no namespace's; of everything else only what is in it. */
function rights(namespace: string): KubernetesObject[] {
  const rbac = "rbac.authorization.k8s.io";
  const role = (kind: string, metadata: KubernetesObject["metadata"], rules: object[]): KubernetesObject[] => [
    { apiVersion: `${rbac}/v1`, kind, metadata, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: `${kind}Binding`,
      metadata: { ...metadata, name: `${metadata.name}-pods` },
      roleRef: { apiGroup: rbac, kind, name: metadata.name },
      subjects: [{ kind: "ServiceAccount", name: ACCOUNT, namespace }],
    },
  ];
  const lease = { apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: [ROLL_LEASE] };
  return [
    ...role("Role", { name: `${DAEMONSET}-queue`, namespace }, [
      { ...lease, verbs: ["get", "patch"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
      { apiGroups: [""], resources: ["events"], verbs: ["create"] },
    ]),
    ...role("ClusterRole", { name: `${namespace}-${DAEMONSET}` }, [
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "patch"] },
    ]),
  ];
}

function daemonSet(spec: DeliverySpec, generation: string, configMap: string): object {
  return {
    selector: { matchLabels: POD_LABELS },
    // All pods change at once, which changes no machine: their queue is what goes one by one, the canary first.
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } },
    template: { metadata: { labels: { ...POD_LABELS } }, spec: podSpec(spec, generation, configMap) },
  };
}

function podSpec(spec: DeliverySpec, generation: string, configMap: string): object {
  const { payload, image, imagePullPolicy = "IfNotPresent", imagePullSecret, nodeSelector, tolerations = [] } = spec;
  const { architecture, build = "payload" } = payload.manifest;
  return {
    serviceAccountName: ACCOUNT,
    automountServiceAccountToken: true,
    // The machine is changed in the namespaces of its first process, which a pod sees only with the host's own.
    hostPID: true,
    terminationGracePeriodSeconds: GRACE_SECONDS[build],
    nodeSelector: { "kubernetes.io/os": "linux", "kubernetes.io/arch": architecture, ...nodeSelector },
    ...(tolerations.length === 0 ? {} : { tolerations }),
    ...(imagePullSecret === undefined ? {} : { imagePullSecrets: [{ name: imagePullSecret }] }),
    containers: [
      {
        name: "runtime",
        image,
        imagePullPolicy,
        command: ["/usr/bin/bash", `${DELIVERY_FOLDER}/roll.sh`],
        env: [
          field("NODE_NAME", "spec.nodeName"),
          field("NAMESPACE", "metadata.namespace"),
          field("POD_NAME", "metadata.name"),
          field("POD_UID", "metadata.uid"),
          { name: "GENERATION", value: generation },
        ],
        // Entering another mount namespace takes CAP_SYS_ADMIN and no seccomp filter, and the transaction is root's.
        securityContext: { privileged: true, readOnlyRootFilesystem: true },
        readinessProbe: { exec: { command: ["/usr/bin/test", "-e", `${RUN_FOLDER}/ready`] }, periodSeconds: 2 },
        resources: { requests: { cpu: "10m", memory: "32Mi" } },
        volumeMounts: [
          { name: "delivery", mountPath: DELIVERY_FOLDER, readOnly: true },
          { name: "run", mountPath: RUN_FOLDER },
        ],
      },
    ],
    volumes: [
      { name: "delivery", configMap: { name: configMap } },
      { name: "run", emptyDir: {} },
    ],
  };
}

const field = (name: string, fieldPath: string): object => ({ name, valueFrom: { fieldRef: { fieldPath } } });
