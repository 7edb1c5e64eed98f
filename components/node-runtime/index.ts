export { appendBlock, type ConfigSchema, removeBlock, renderBlock } from "./containerd-block";
export { type NodePayload, NodeRuntime, type NodeRuntimeArgs } from "./node-runtime";
export { type NodeRuntimeResult, parseNodeRuntimeResult } from "./result";
