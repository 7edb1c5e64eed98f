/** Architectures of machines, in Go's words. */
export type Architecture = "amd64" | "arm64";

/** This host's architecture. */
export const hostArchitecture = (): Architecture => (process.arch === "arm64" ? "arm64" : "amd64");
