import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { local, remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { engineBinary, type TestEngine, withEngine } from "../engine";
import { machinePackages, startMachine, type TestMachine } from "./machine";

const packages = machinePackages();
const missing = !engineBinary() ? "no Pulumi engine" : "missing" in packages ? packages.missing : undefined;
const describeReal = missing ? describe.skip : describe;
if (missing) process.stderr.write(`skipped: commands on a real sshd: ${missing}\n`);

const plugins = { command: { version: "1.2.1", entry: "infra/toolchain/plugins/command/main.ts" } };
const withCommands = <T>(body: (engine: TestEngine) => Promise<T>, env: Record<string, string> = {}): Promise<T> =>
  withEngine({ plugins, env }, body);

jest.setTimeout(120_000);

describeReal("remote.Command on a real sshd", () => {
  let machine: TestMachine;
  let counter = 0;

  beforeAll(async () => {
    machine = await startMachine("folder" in packages ? packages.folder : "");
  });
  afterAll(() => machine?.stop());

  const connection = (more: Partial<types.input.remote.ConnectionArgs> = {}): types.input.remote.ConnectionArgs => ({
    host: "127.0.0.1",
    port: machine.port,
    user: "root",
    hostKey: machine.hostKey,
    privateKey: pulumi.secret(machine.privateKey),
    dialErrorLimit: 2,
    ...more,
  });
  /** A file that the machine writes and the test reads. */
  const file = (name: string): string => join(machine.folder, `${counter++}-${name}`);
  const text = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
  const failure = (run: Promise<unknown>): Promise<string> =>
    run.then(
      () => Promise.reject(new Error("the run was to fail")),
      (error: Error) => error.message,
    );

  test("create, no-op, update, delete", async () => {
    const log = file("log");
    const program = (word: string) => async () => {
      const command = new remote.Command("c", {
        connection: connection(),
        create: `echo create ${word} >> ${log}; cat; echo "$WORD" >&2`,
        delete: `echo delete "$PULUMI_COMMAND_STDOUT" >> ${log}`,
        stdin: "from stdin\n",
        environment: { WORD: `it's ${word}` },
      });
      return { out: command.stdout, err: command.stderr };
    };
    await withCommands(async (engine) => {
      const preview = await engine.preview(program("one"));
      expect(preview.changeSummary).toMatchObject({ create: 2 });
      expect(text(log)).toBe("");

      const first = await engine.up(program("one"));
      expect(first.outputs.out).toEqual({ value: "from stdin", secret: true });
      expect(first.outputs.err?.value).toBe("it's one");

      const again = await engine.up();
      expect(again.summary.resourceChanges).toEqual({ same: 2 });
      expect(text(log)).toBe("create one\n");

      const second = await engine.up(program("two"));
      expect(second.summary.resourceChanges).toMatchObject({ update: 1 });
      expect(text(log)).toBe("create one\ncreate two\n");

      await engine.destroy();
      expect(text(log)).toBe("create one\ncreate two\ndelete from stdin\n");
    });
  });
});
