export { type ConnectionArgs, remoteConnection } from "./connection";
export { renderInputs, type ScriptInputs } from "./script";
