import { type CheckpointFiles, readCheckpoint } from "./checkpoint";

/** URNs of what the stack's state has; none when there is no state yet. */
export const resourceUrns = (files: CheckpointFiles): string[] =>
  readCheckpoint(files)?.checkpoint.latest?.resources?.map(({ urn }) => urn) ?? [];
