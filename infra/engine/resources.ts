import { existsSync, readFileSync } from "node:fs";
import type { StackFiles } from "./stack-files";

/** URNs of what the stack's state has; none when there is no state yet. */
export function resourceUrns({ checkpoint }: Pick<StackFiles, "checkpoint">): string[] {
  if (!existsSync(checkpoint)) return [];
  const content = JSON.parse(readFileSync(checkpoint, "utf8")) as {
    checkpoint: { latest?: { resources?: { urn: string }[] } };
  };
  return content.checkpoint.latest?.resources?.map(({ urn }) => urn) ?? [];
}
