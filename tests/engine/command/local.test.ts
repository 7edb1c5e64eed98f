import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { processesWith } from "./machine";
import { describeWithCommands, withCommands } from "./with-machine";

jest.setTimeout(120_000);

describeWithCommands("local.Command", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "ofwasm-local-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test("create, no-op, update, refresh, delete", async () => {
    const log = join(dir, "log");
    const program = (word: string) => async () => {
      const command = new local.Command("c", {
        dir,
        create: `echo create ${word} >> log; cat; pwd; echo "$WORD" >&2`,
        update: `echo update ${word} "$PULUMI_COMMAND_STDERR" >> log`,
        delete: "echo delete >> log",
        stdin: "in\n",
        environment: { WORD: "it's" },
      });
      return { out: command.stdout, err: command.stderr };
    };
    await withCommands(async (engine) => {
      const { outputs } = await engine.up(program("one"));
      expect(outputs).toMatchObject({ out: { value: `in\n${dir}`, secret: false }, err: { value: "it's" } });
      expect((await engine.up()).summary.resourceChanges).toEqual({ same: 2 });
      expect((await engine.refresh()).summary.resourceChanges).toEqual({ same: 2 });
      await engine.up(program("two"));
      await engine.destroy();
      expect(readFileSync(log, "utf8")).toBe("create one\nupdate two it's\ndelete\n");
    });
  });

  test("a secret input makes the output secret; triggers replace; an interpreter is used", async () => {
    const log = join(dir, "log");
    const program = (round: number) => async () => {
      const command = new local.Command("c", {
        interpreter: [process.execPath, "-e"],
        create: `require("fs").appendFileSync(${JSON.stringify(log)}, "create ${round};"); console.log(process.env.TOKEN)`,
        delete: `require("fs").appendFileSync(${JSON.stringify(log)}, "delete ${round};")`,
        environment: { TOKEN: pulumi.secret("open sesame") },
        triggers: [round],
      });
      return { out: command.stdout };
    };
    await withCommands(async (engine) => {
      expect((await engine.up(program(1))).outputs.out).toEqual({ value: "open sesame", secret: true });
      expect((await engine.up(program(2))).summary.resourceChanges).toMatchObject({ replace: 1 });
      expect(readFileSync(log, "utf8")).toBe("create 1;create 2;delete 1;");
      expect(engine.stateOnDisk()).toMatch("command:local:Command");
      expect(engine.stateOnDisk()).not.toMatch("open sesame");
    });
  });

  test("a failed command tells its exit code and standard error, not itself", async () => {
    const program = async () => {
      new local.Command("c", { create: `: hidden-part; [ -e ${dir}/flag ] || { echo because >&2; exit 7; }` });
    };
    await withCommands(async (engine) => {
      const message = await engine.up(program).then(String, (error: Error) => error.message);
      expect(message).toMatch("local command: exit code 7; the last of its standard error:");
      expect(message).toMatch("because");
      expect(message).not.toMatch("hidden-part");
      writeFileSync(join(dir, "flag"), "");
      expect((await engine.up()).summary.resourceChanges).toMatchObject({ create: 1 });
    });
  });

  test("Ctrl-C ends the command and what it started", async () => {
    const naps = "16180.25";
    const program = async () => {
      new local.Command("c", { create: `touch ${dir}/started; sleep ${naps} & sleep ${naps}` });
    };
    await withCommands(async (engine) => {
      const interrupt = new AbortController();
      const run = engine.up(program, { signal: interrupt.signal }).then(String, (error: Error) => error.message);
      while (!existsSync(join(dir, "started"))) await sleep(50);
      interrupt.abort();
      await run;
      expect(processesWith(naps)).toEqual([]);
    });
  });

  test("mistakes in the inputs are all named before anything runs", async () => {
    const program = async () => {
      const wrong = {
        create: `touch ${dir}/ran`,
        logging: "loud",
        assetPaths: ["*"],
        environment: { "1A": "x" },
        colour: "red",
      };
      new local.Command("c", wrong as unknown as local.CommandArgs);
    };
    await withCommands(async (engine) => {
      const message = await engine.up(program).then(String, (error: Error) => error.message);
      expect(message).toMatch("must be one of none, stdout, stderr, stdoutAndStderr");
      expect(message).toMatch("pulumi-resource-command");
      expect(message).toMatch('has "1A", which cannot be the name of a variable');
      expect(existsSync(join(dir, "ran"))).toBe(false);
    });
  });
});
