export { type ConnectionArgs, remoteConnection } from "./connection";
export { type DeclaredRun, declaredRun } from "./declared-run";
export { bundleScript, type RemoteScript, type RemoteScriptArgs, remoteScript, scriptInput } from "./remote-script";
export { renderInputs, type ScriptInputs } from "./script";
