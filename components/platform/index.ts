export { BUILD_NAMESPACE } from "./build-namespace";
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
export { BUILDAH_IMAGE, type StrategyOptions, WASM_STRATEGY } from "./strategy";
