import { type DeclaredRun, declaredRun } from "../../components/remote";
import { type Engine, engineCall, type Session } from "../engine/session";
import { type Endpoint, readEndpoint } from "../toolchain/plugins/command/ssh/endpoint";
import { SIGNATURE } from "../toolchain/plugins/host";

/** A command on a machine as the stack's state has it: how the machine is reached, and what runs there. */
export interface MachineCommand {
  /** The resource's name. */
  name: string;
  endpoint: Endpoint;
  run: DeclaredRun;
}

/** The part of a deployment, as the engine exports it, that is read here. */
export interface ExportedResource {
  urn: string;
  type: string;
  inputs?: Readonly<Record<string, unknown>>;
}

/** Every command that the stack has on machines. Their logins and inputs are secret: they are for this process alone. */
export async function machineCommands(session: Session, engine: Engine): Promise<MachineCommand[]> {
  const printed = await engineCall(session, engine, ["stack", "export", "--show-secrets", "--stack", session.stack]);
  const { deployment } = JSON.parse(printed) as { deployment: { resources?: ExportedResource[] } };
  return commandsOf(deployment.resources ?? []);
}

/** Commands among exported resources; one that was made some other way than by `remoteScript` is left out. */
export function commandsOf(resources: readonly ExportedResource[]): MachineCommand[] {
  return resources.flatMap(({ urn, type, inputs }) => {
    if (type !== "command:remote:Command") return [];
    const { connection, create, stdin } = revealed(inputs ?? {}) as Record<string, unknown>;
    if (typeof create !== "string" || typeof stdin !== "string") return [];
    const run = declaredRun(create, stdin);
    if (run === undefined) return [];
    const endpoint = readEndpoint(connection as Parameters<typeof readEndpoint>[0]);
    return [{ name: urn.split("::").at(-1) ?? "", endpoint, run }];
  });
}

/** A value with its secrets laid open, which an export keeps as JSON beside a signature. */
export function revealed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(revealed);
  const { plaintext } = value as { plaintext?: unknown };
  if (SIGNATURE in value && typeof plaintext === "string") return revealed(JSON.parse(plaintext));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}
