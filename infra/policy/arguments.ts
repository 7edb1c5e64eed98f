import { join } from "node:path";

/** Operations that the rules are asked in, under the names that the engine knows for them. */
const JUDGED = ["up", "update", "preview", "pre"];

/** The engine's arguments for the project's rules; none for what makes nothing. */
export const policyArguments = (operation: string): string[] =>
  JUDGED.includes(operation) ? ["--policy-pack", join(__dirname, "served")] : [];
