export { type NodeBuildArgs, NodeRuntime, type NodeRuntimeArgs } from "./node-runtime";
export { type NodeRuntimeResult, parseNodeRuntimeResult } from "./result";
export { inRollOrder, type MaxUnavailable, type RollOptions, type RollStep, rollOrder } from "./roll-order";
export type { NodePayload } from "./transaction";
