import { outputNames, resourceUrns } from "../../engine/resources";
import { type Engine, engineCall, type Session } from "../../engine/session";

/**
 * Empties the node of a worker whose machine is to be made anew, while that machine still runs: the new one takes its
 * place at once, so nothing in the graph would come early enough.
 *
 * @param name of the resource that is replaced; nothing is done for what is no worker's machine
 * @throws when pods are left after the setting `drainSeconds`, or somebody ends the run: the machine is not replaced then
 */
export async function drainReplaced(session: Session, engine: Engine, name: string): Promise<void> {
  const { stack, files, settings } = session;
  const node = replacedWorker(stack, name, resourceUrns(files));
  if (node === undefined || !outputNames(files).includes("kubeconfig")) return;
  const args = ["stack", "output", "kubeconfig", "--show-secrets", "--stack", stack];
  const [{ drainUnlessEnded }, kubeconfig] = await Promise.all([
    import("../../drain/main.js"),
    engineCall(session, engine, args),
  ]);
  await drainUnlessEnded({ kubeconfig, node, timeoutSeconds: settings.drainSeconds });
}

/** The node of a machine that is a worker by the stack's state: there is something that drains it. */
export function replacedWorker(stack: string, machine: string, urns: readonly string[]): string | undefined {
  const node = /^(.+)-machine$/.exec(machine)?.[1];
  return urns.some((urn) => urn.endsWith(`::${stack}-cluster-${node}-drain`)) ? node : undefined;
}
