export { isBuiltThere, type NodeTraits, transactionInputs } from "./inputs";
export { type NodeBuildArgs, NodeRuntime, type NodeRuntimeArgs } from "./node-runtime";
export { type NodeRuntimeResult, parseNodeRuntimeResult } from "./result";
export { type NodePayload, TRANSACTION } from "./transaction";
