export type { Log } from "./engine-log";
export { cancelled, InitFailedError, invalidArgument, ProviderError, unimplemented } from "./errors";
export type * from "./provider";
export { listen, type Serving, serve } from "./serve";
export { fromStruct, toStruct } from "./struct";
export * from "./values";
