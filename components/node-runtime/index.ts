export { type NodeBuildArgs, type NodePayload, NodeRuntime, type NodeRuntimeArgs } from "./node-runtime";
export { type NodeRuntimeResult, parseNodeRuntimeResult } from "./result";
