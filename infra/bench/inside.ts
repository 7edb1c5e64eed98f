import { machineInit } from "../local/machine/boot";
import type { MachineId } from "../local/machine/layout";
import { readState } from "../local/machine/state";
import { run } from "../process";

/**
 * Output of a shell command inside a local machine, from this host: not over SSH, whose logins are counted.
 *
 * @throws when the machine does not run or the command fails.
 */
export async function inside(id: MachineId, command: string): Promise<string> {
  const state = readState(id);
  const init = state && machineInit(state);
  if (init === undefined) throw new Error(`machine ${id.name} of stack ${id.stack} does not run`);
  const { stdout } = await run("nsenter", ["--target", String(init), "--mount", "--pid", "sh", "-c", command]);
  return stdout.trim();
}

/** How often somebody has logged in to the machine over SSH since it began to run. */
export async function logins(id: MachineId): Promise<number> {
  return Number(await inside(id, "journalctl --unit ssh --grep '^Accepted ' --output cat --quiet | wc -l"));
}
