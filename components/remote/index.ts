export { type ConnectionArgs, remoteConnection } from "./connection";
export {
  bundleScript,
  type RemoteScript,
  type RemoteScriptArgs,
  remoteScript,
  scriptInput,
  scriptProgram,
} from "./remote-script";
export { renderInputs, type ScriptInputs } from "./script";
