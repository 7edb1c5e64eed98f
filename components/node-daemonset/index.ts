export {
  ABSENT,
  DAEMONSET,
  DELIVERY_ANNOTATION,
  IMAGE_PAYLOAD,
  POD_LABELS,
  ROLL_ANNOTATIONS,
  ROLL_LEASE,
  RUNTIME_NAMESPACE,
} from "./names";
export { type NodeRollRequest, NodeRuntimeDaemonSet, type NodeRuntimeDaemonSetArgs } from "./node-runtime-daemonset";
export { type Delivery, type DeliverySpec, deliveryObjects } from "./objects";
export { type DeliveredNode, parseDeliveredNodes } from "./result";
