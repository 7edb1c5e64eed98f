import { join } from "node:path";

/** File name of each sample's module, which its Cargo.toml and its Dockerfile name too; by its folder in `samples/`. */
const MODULES = {
  "http-server": "wasmedge_hyper_server.wasm",
  "dapr-state": "wasmedge_dapr_state.wasm",
} as const;

export type SampleName = keyof typeof MODULES;

export const SAMPLE_NAMES = Object.keys(MODULES) as SampleName[];

/** In the sample's artifact and in the root of its image. */
export const moduleFile = (name: SampleName): string => MODULES[name];

/** What starts the sample in its image. */
export const sampleCommand = (name: SampleName): string[] => [`/${MODULES[name]}`];

/** Registry and repository of the sample's image. No such registry exists: machines get the image with their runtime. */
export const sampleRepository = (name: SampleName): string => `ofwasm.local/${name}`;

/** The crate in this clone. */
export const sampleSources = (name: SampleName): string => join(__dirname, "../../../samples", name);
