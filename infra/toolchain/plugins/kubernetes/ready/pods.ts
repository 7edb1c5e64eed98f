import { objectsAt, type Properties, textAt } from "../values";

/** Waiting reasons that are part of a normal start. */
const NORMAL = new Set(["ContainerCreating", "PodInitializing"]);

/** Why pods are not running, one sentence per distinct trouble: what a user needs to see first. */
export function podTroubles(pods: readonly Properties[]): string[] {
  const troubles = new Set<string>();
  for (const pod of pods) {
    const name = textAt(pod, "metadata", "name") ?? "?";
    for (const trouble of troublesOf(pod)) troubles.add(`pod ${name}: ${trouble}`);
  }
  return [...troubles];
}

function troublesOf(pod: Properties): string[] {
  const troubles: string[] = [];
  for (const condition of objectsAt(pod, "status", "conditions"))
    if (textAt(condition, "type") === "PodScheduled" && textAt(condition, "status") === "False")
      troubles.push(
        `not scheduled: ${textAt(condition, "message") ?? textAt(condition, "reason") ?? "no reason given"}`,
      );
  const statuses = [
    ...objectsAt(pod, "status", "initContainerStatuses"),
    ...objectsAt(pod, "status", "containerStatuses"),
  ];
  for (const status of statuses) troubles.push(...containerTrouble(status));
  return troubles;
}

function containerTrouble(status: Properties): string[] {
  const container = `container ${textAt(status, "name") ?? "?"}`;
  const waiting = textAt(status, "state", "waiting", "reason");
  const message = textAt(status, "state", "waiting", "message");
  const last = textAt(status, "lastState", "terminated", "message") ?? exitCode(status, "lastState");
  if (waiting && !NORMAL.has(waiting))
    return [
      `${container} is in ${waiting}${message ? `: ${message.trim()}` : ""}${last ? ` (last run: ${last.trim()})` : ""}`,
    ];
  const ended = exitCode(status, "state");
  const said = textAt(status, "state", "terminated", "message");
  return ended && ended !== "exit code 0" ? [`${container} ended: ${ended}${said ? `: ${said.trim()}` : ""}`] : [];
}

function exitCode(status: Properties, state: string): string | undefined {
  const terminated = (status[state] as Properties | undefined)?.terminated as Properties | undefined;
  if (!terminated) return undefined;
  const reason = textAt(terminated, "reason");
  return `exit code ${terminated.exitCode}${reason && reason !== "Error" && reason !== "Completed" ? ` (${reason})` : ""}`;
}
