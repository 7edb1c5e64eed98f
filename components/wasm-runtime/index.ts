export {
  DEFAULT_VARIANT,
  PROVED_LABEL,
  RUNTIME_CLASS,
  RUNTIME_HANDLER,
  VARIANT_ANNOTATION,
  VARIANTS,
  type Variant,
} from "./names";
export { PROOF_ANNOTATIONS, type Proof } from "./node-mark";
export { type ProvedNode, WasmRuntime, type WasmRuntimeArgs } from "./wasm-runtime";
