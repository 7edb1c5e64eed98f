import { type CheckpointFiles, readCheckpoint } from "./checkpoint";

/** URNs of what the stack's state has; none when there is no state yet. */
export const resourceUrns = (files: CheckpointFiles): string[] =>
  readCheckpoint(files)?.checkpoint.latest?.resources?.map(({ urn }) => urn) ?? [];

/** Names of the resources that the engine refuses to delete. */
export const protectedNames = (files: CheckpointFiles): string[] =>
  readCheckpoint(files)
    ?.checkpoint.latest?.resources?.filter(({ protect }) => protect)
    .map(({ urn }) => urn.split("::").slice(3).join("::")) ?? [];

/** Names of the stack's outputs as the last run left them; none when there is no state yet. */
export function outputNames(files: CheckpointFiles): string[] {
  return Object.keys(stackOutputs(files));
}

/** The stack's outputs as the last run left them, secrets encrypted; none when there is no state yet. */
export function stackOutputs(files: CheckpointFiles): Readonly<Record<string, unknown>> {
  const resources = readCheckpoint(files)?.checkpoint.latest?.resources ?? [];
  const stack = resources.find(({ urn }) => urn.split("::")[2] === "pulumi:pulumi:Stack");
  return stack?.outputs ?? {};
}
