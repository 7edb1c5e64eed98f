export { ManifestError, objectsOf } from "./check";
export { type ImageMap, imagesOf, withImages } from "./images";
export { withAuthority, withoutKeyMaterial } from "./key-material";
export { literal } from "./literal";
export { Manifests, type ManifestsArgs } from "./manifests";
export { hasPods } from "./needs";
export {
  definedBy,
  describeObject,
  isWebhookConfiguration,
  type KubernetesObject,
  namespaceObject,
} from "./object";
export { leftToAutoscalers } from "./scaled";
export { placeIn } from "./scope";
