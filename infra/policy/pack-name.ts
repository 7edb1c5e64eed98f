/** As messages of the engine name the rules. */
export const PACK = { name: "openfunction-wasm", version: "1.0.0" } as const;
