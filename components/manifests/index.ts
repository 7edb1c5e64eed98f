export { ManifestError, objectsOf } from "./check";
export { type ImageMap, imagesOf, withImages } from "./images";
export { Manifests, type ManifestsArgs } from "./manifests";
export { isWebhookConfiguration, type KubernetesObject } from "./object";
export { leftToAutoscalers } from "./scaled";
export { placeIn } from "./scope";
