import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { local } from "@pulumi/command";
import { inRollOrder, type RollOptions } from "../../../components/node-runtime";
import { describeWithCommands, withCommands } from "./with-machine";

jest.setTimeout(120_000);

/** Each machine is a command that writes down when it begins and ends, unless its file `broken-NAME` is there. */
describeWithCommands("machines that change in the order of a roll", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "ofwasm-roll-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const program =
    (names: readonly string[], version: number, options: RollOptions, seconds = 0.1) =>
    async () => {
      const machines = names.map((name) => ({ name }));
      inRollOrder<{ name: string }, local.Command>(
        machines,
        options,
        ({ name }, after) =>
          new local.Command(
            name,
            {
              dir,
              create: `echo "${name} begins ${version}" >>log; [ ! -e broken-${name} ] || { echo "${name} refuses" >&2; exit 1; }; sleep ${seconds}; echo "${name} ends ${version}" >>log`,
              delete: "true",
            },
            { dependsOn: [...after] },
          ),
      );
    };
  /** What happened since the last look. */
  function log(): string[] {
    const file = join(dir, "log");
    const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    rmSync(file, { force: true });
    return lines;
  }
  const turns = (version: number, ...names: string[]): string[] =>
    names.flatMap((name) => [`${name} begins ${version}`, `${name} ends ${version}`]);

  test("one at a time, and no further than one that fails; the next run goes on from there", async () => {
    const names = ["a", "b", "c"];
    const options = { canary: "b" };
    await withCommands(async (engine) => {
      await engine.up(program(names, 1, options));
      expect(log()).toEqual(turns(1, "b", "a", "c"));
      writeFileSync(join(dir, "broken-a"), "");
      await expect(engine.up(program(names, 2, options))).rejects.toThrow("a refuses");
      expect(log()).toEqual([...turns(2, "b"), "a begins 2"]);
      rmSync(join(dir, "broken-a"));
      await engine.up();
      expect(log()).toEqual(turns(2, "a", "c"));
    });
  });

  test("a further machine, one less in the middle, and another limit run nothing on the others", async () => {
    await withCommands(async (engine) => {
      await engine.up(program(["a", "b", "c"], 1, {}));
      log();
      await engine.up(program(["a", "b", "c", "d"], 1, {}));
      expect(log()).toEqual(turns(1, "d"));
      const { summary } = await engine.up(program(["a", "c", "d"], 1, { maxUnavailable: "100%", canary: "d" }));
      expect(summary.resourceChanges).toEqual({ same: 4, delete: 1 });
      expect(log()).toEqual([]);
    });
  });

  test("two at once after the canary, when two may be unavailable", async () => {
    await withCommands(async (engine) => {
      await engine.up(program(["a", "b", "c", "d", "e"], 1, { maxUnavailable: 2 }, 2));
      let running = 0;
      const most = log().map((line) => (running += line.includes("begins") ? 1 : -1));
      expect(most.slice(0, 2)).toEqual([1, 0]);
      expect(Math.max(...most)).toBe(2);
    });
  });
});
