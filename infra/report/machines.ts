import { connect } from "node:net";

/** A machine as the stack's outputs describe it. */
export interface MachineOutput {
  name: string;
  address: string;
  /** TCP port of sshd. */
  port: number;
  /** Versions that its last proof found, such as `{ crun: "1.21", wasmedge: "0.14.1" }`. */
  versions: Readonly<Record<string, string>>;
  /** Time of the last proof, ISO 8601. */
  provedAt: string;
}

const CONNECT_DEADLINE_MS = 2_000;

/** Whether something at the address greets as an SSH server. */
export function greetsAsSsh(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(CONNECT_DEADLINE_MS, () => end(false));
    socket.once("error", () => end(false));
    socket.once("data", (greeting) => end(greeting.toString("latin1").startsWith("SSH-2.0")));
  });
}

/** One line a machine: name, state, address, versions, time of proof. */
export async function machineTable(
  outputs: Readonly<Record<string, unknown>>,
): Promise<{ text: string; allWell: boolean }> {
  const machines = (outputs.machines as MachineOutput[] | undefined) ?? [];
  const states = await Promise.all(
    machines.map(async (one) => ({ one, up: await greetsAsSsh(one.address, one.port) })),
  );
  const text = states.map(({ one, up }) => {
    const versions = Object.entries(one.versions).map(([name, version]) => `${name} ${version}`);
    return `${one.name}   ${up ? "Up" : "Unreachable"}   ${one.address}   ${versions.join(", ")}   proved ${one.provedAt}\n`;
  });
  return { text: text.join(""), allWell: states.every(({ up }) => up) };
}
