export { BuildPlatform, type BuildPlatformArgs } from "./build";
export { type StrategyOptions, WASM_STRATEGY } from "./strategy";
