export type {
  FunctionProbe,
  FunctionResources,
  FunctionService,
  FunctionSpec,
  ImagePullPolicy,
  ServiceType,
} from "./args";
export { WasmFunction, type WasmFunctionArgs } from "./function";
export { lintFunction, type Mistake } from "./lint";
export { functionDeployment, functionNamespace, functionService } from "./manifests";
