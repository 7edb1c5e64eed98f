export { type ConnectionArgs, type Login, remoteConnection } from "./connection";
export { bundleScript, type RemoteScript, type RemoteScriptArgs, remoteScript, scriptInput } from "./remote-script";
export { renderInputs, type ScriptInputs } from "./script";
