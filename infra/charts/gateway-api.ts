import { definedBy, type KubernetesObject } from "../../components/manifests";

const GROUP = "gateway.networking.k8s.io/";

/** Whether an object defines a kind of the Gateway API: OpenFunction's chart brings those that it was made for. */
export const isGatewayApi = (object: KubernetesObject): boolean =>
  definedBy(object)?.groupKind.startsWith(GROUP) === true;
