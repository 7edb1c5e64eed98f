export { BUILD_NAMESPACE, buildNamespace } from "./build-namespace";
export { type BuildPodArgs, type BuildResults, buildPodSpec, buildResults } from "./build-pod";
export type { ArchiveSource, BuildSource, GitSource } from "./build-source";
export type { CustomKind, CustomObjectsRequest } from "./custom-objects";
export {
  type ChartLayer,
  isChartLayer,
  isLayer,
  type Layer,
  layerGroups,
  layerNamespaces,
  layers,
  unmetNeeds,
} from "./layers";
export { FUNCTION_GATEWAY } from "./openfunction";
export { Platform, type PlatformArgs } from "./platform";
export { type StepContainer, type StepValues, stepContainers } from "./step";
export { BUILDAH_IMAGE, type StrategyOptions, WASM_STRATEGY } from "./strategy";
