import { join } from "node:path";
import { bundleScript } from "../../components/remote";
import type { MachineCommand } from "../ssh/declared";

/** The command that made the control plane, among a stack's commands. @throws when there is none */
export function controlPlaneOf(stack: string, commands: readonly MachineCommand[]): MachineCommand {
  const found = commands.find(({ run }) => run.inputs.role === "control-plane");
  if (found !== undefined) return found;
  throw new Error(
    `stack ${stack} has no control plane that it made itself: clusters of others have backups of their own`,
  );
}

/** A script of the cluster's, as text. */
export const clusterScript = (name: string): string =>
  bundleScript(join(__dirname, "../../components/cluster/scripts", name));

/** What the scripts read of what the control plane was made with. */
export function scriptInputs({ run: { inputs } }: MachineCommand): Record<string, string> {
  const wanted = ["cluster_id", "cluster_name", "role", "node_name", "address"];
  return Object.fromEntries(wanted.map((key) => [key, inputs[key] ?? ""]));
}
