/** What every annotation of the delivery begins with, on nodes and on the Lease. */
export const ANNOTATION_PREFIX = "ofwasm.dev/";

/** Namespace of the DaemonSet, its own: it admits privileged pods. */
export const RUNTIME_NAMESPACE = "ofwasm-runtime";

/** Name of the DaemonSet and of what belongs to it. */
export const DAEMONSET = "node-runtime";

/** The queue: who holds it changes its node. */
export const ROLL_LEASE = "node-runtime-roll";

/** Where the image of the pods has the payload. */
export const IMAGE_PAYLOAD = "/payload/payload.tar.gz";

/** Annotation of a node: the generation that was proved there, or `unproved` once a transaction began. */
export const DELIVERY_ANNOTATION = `${ANNOTATION_PREFIX}delivery`;

/** Annotations of the Lease: what is wanted of all nodes, and what stopped the roll. */
export const ROLL_ANNOTATIONS = {
  /** `absent`: the nodes are to be given back. Anything else: they are to have the runtime. */
  wanted: `${ANNOTATION_PREFIX}wanted`,
  /** Generation whose first node is proved, so that the others may follow. */
  opened: `${ANNOTATION_PREFIX}opened`,
  /** Generation, or `absent`, whose roll is stopped. */
  stopped: `${ANNOTATION_PREFIX}stopped`,
  node: `${ANNOTATION_PREFIX}stopped-node`,
  /** UID of the pod. */
  pod: `${ANNOTATION_PREFIX}stopped-pod`,
  reason: `${ANNOTATION_PREFIX}stopped-reason`,
} as const;

/** What is wanted when the nodes are to be given back. */
export const ABSENT = "absent";

/** Labels by which the DaemonSet knows its pods. */
export const POD_LABELS = { "app.kubernetes.io/name": DAEMONSET } as const;
