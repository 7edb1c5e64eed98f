import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { engineBinary, type TestEngine, withEngine } from "../engine";
import { type MachineOptions, machinePackages, startMachine, type TestMachine } from "./machine";

const plugins = { command: { version: "1.2.1", entry: "infra/toolchain/plugins/command/main.ts" } };

/** Runs `body` with the real engine and the command plugin. */
export const withCommands = <T>(
  body: (engine: TestEngine) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> => withEngine({ plugins, env }, body);

/** Tests of the command plugin with the real engine; skipped, with the reason in the title, where there is none. */
export const describeWithCommands = (title: string, body: () => void): void =>
  engineBinary() ? describe(title, body) : describe.skip(`${title} (skipped: no Pulumi engine)`, body);

type Connection = types.input.remote.ConnectionArgs;

/** Arguments that reach the machine of a group of tests, changed by what is given. */
export type Connecting = (more?: Partial<Connection>) => Connection;

/** Starts one more machine; the test stops it. */
export type Another = (options?: MachineOptions) => Promise<TestMachine>;

/** The same against a real sshd, which lives as long as the group. */
export function describeWithMachine(
  title: string,
  body: (machine: () => TestMachine, connection: Connecting, another: Another) => void,
): void {
  const packages = machinePackages();
  if ("missing" in packages) {
    const never = (): never => {
      throw new Error(packages.missing);
    };
    describe.skip(`${title} (skipped: ${packages.missing})`, () => body(never, never, never));
    return;
  }
  describeWithCommands(title, () => {
    const another: Another = (options) => startMachine(packages.folder, options);
    let machine: TestMachine | undefined;
    const running = (): TestMachine => machine!;
    beforeAll(async () => {
      machine = await another();
    });
    afterAll(() => machine?.stop());
    const connection: Connecting = (more = {}) => ({
      host: "127.0.0.1",
      port: running().port,
      user: "root",
      hostKey: running().hostKey,
      privateKey: pulumi.secret(running().privateKey),
      dialErrorLimit: 2,
      ...more,
    });
    body(running, connection, another);
  });
}
