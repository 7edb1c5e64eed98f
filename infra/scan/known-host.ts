import type { Host } from "../settings";

/** A host as the stack's file has it, whatever else that says. */
export type KnownHost = Partial<Host> & Pick<Host, "address" | "hostKey">;
