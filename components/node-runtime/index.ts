export { type NodeBuildArgs, NodeRuntime, type NodeRuntimeArgs } from "./node-runtime";
export { type NodeRuntimeResult, parseNodeRuntimeResult } from "./result";
export type { NodePayload, RuntimeSettings } from "./transaction";
