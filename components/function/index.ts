export type {
  DaprComponent,
  FunctionApiVersion,
  FunctionDapr,
  FunctionData,
  FunctionHttp,
  FunctionProbe,
  FunctionProbes,
  FunctionResources,
  FunctionRoute,
  FunctionScale,
  FunctionService,
  FunctionSpec,
  FunctionVariable,
  FunctionVolume,
  HttpProbe,
  ImagePullPolicy,
  Lane,
  ServiceType,
} from "./args";
export type { BuildJob, BuildSource, BuildStrategy, FunctionBuild, ImageLogin } from "./build-args";
export { WasmFunction, type WasmFunctionArgs } from "./function";
export { type LaneDifference, laneDifferences } from "./lanes/differences";
export { functionAutoscaler, functionDeployment, functionService } from "./lanes/direct";
export { knativeService } from "./lanes/knative";
export { openFunction } from "./lanes/openfunction";
export { shipwrightBuild, shipwrightBuildRun } from "./lanes/shipwright";
export {
  type Finding,
  type FunctionObject,
  findingText,
  isFunctionObject,
  lintFunction,
  ruleNames,
  versionOf,
} from "./lint";
export { type FunctionNamespaceOptions, functionNamespace } from "./namespace";
export { type FunctionQuestion, type FunctionVerification, HTTP_CLIENT_IMAGE } from "./verification-args";
