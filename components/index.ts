export * from "./cluster";
export * from "./function";
export * from "./node-images";
export * from "./node-pool";
export * from "./node-runtime";
export * from "./remote";
export * from "./wasm-runtime";
