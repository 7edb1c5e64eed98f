/** RuntimeClass that runs WebAssembly; OpenFunction writes this name into every wasm function. */
export const RUNTIME_CLASS = "openfunction-crun";

/** containerd's name for crun with WasmEdge, the last part of its section `runtimes.crun`. */
export const RUNTIME_HANDLER = "crun";

/** Label that only a machine carries on which a real wasm container has run; pods of the class go nowhere else. */
export const PROVED_LABEL = { "ofwasm.dev/wasmedge": "proved" } as const;

/** Annotation of a pod that lets crun hand a container to WasmEdge. */
export const VARIANT_ANNOTATION = "module.wasm.image/variant";

/**
 * `compat-smart`: containers whose command ends in `.wasm` or `.wat` run in WasmEdge, all others natively.
 * `compat`: every container of the pod is taken for a module, sidecars too.
 */
export const VARIANTS = ["compat-smart", "compat"] as const;

export type Variant = (typeof VARIANTS)[number];

/** What OpenFunction sets when nothing is said. */
export const DEFAULT_VARIANT: Variant = "compat-smart";
