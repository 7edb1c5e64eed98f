import { execFileSync } from "node:child_process";
import { declaredRun } from "./declared-run";
import { asRoot, scriptInput, shellCommand } from "./remote-script";

const CREATE = `${shellCommand("apply")} # script 0123456789ab`;
const INPUTS = { generation: "g1", join: "a=b=c", empty: "" };
const OTHER = { script: 'printf "%s " "$1"; cat', verb: "inspect", inputs: { generation: "g2" } };

/** As a login shell runs it. */
const ran = (command: string, input: string): string =>
  execFileSync("bash", ["-c", command], { input, encoding: "utf8" });

test("the inputs of a script are read back from what the command was given", () => {
  expect(declaredRun(CREATE, scriptInput("cat", INPUTS))?.inputs).toEqual(INPUTS);
  // The value of `reconcile` comes behind them.
  expect(declaredRun(CREATE, `${scriptInput("cat", INPUTS)}reconcile=1\n`)?.inputs).toEqual({
    ...INPUTS,
    reconcile: "1",
  });
});

test("another script runs in its place, with its own verb and inputs", () => {
  const { command, stdin } = declaredRun(CREATE, scriptInput("exit 1", INPUTS))!.instead(OTHER);
  expect(command).toBe(shellCommand("inspect"));
  if (process.getuid?.() === 0) expect(ran(command, stdin)).toBe("inspect generation=g2\n");
});

test("what a login runs before the script stays before it", () => {
  const before = 'exec bash -c "$(head -n 1 >/dev/null)" # \n';
  const { stdin } = declaredRun(CREATE, before + scriptInput("exit 1", INPUTS))!.instead(OTHER);
  expect(stdin).toBe(before + scriptInput(OTHER.script, OTHER.inputs));
});

test("a password for sudo goes along with the other script, and is not among the inputs", () => {
  const run = declaredRun(CREATE, asRoot(scriptInput("exit 1", INPUTS), "a word"))!;
  expect(run.inputs).toEqual(INPUTS);
  expect(run.before).toContain("a word");
  const { command, stdin } = run.instead(OTHER);
  expect(stdin).toBe(asRoot(scriptInput(OTHER.script, OTHER.inputs), "a word"));
  if (process.getuid?.() === 0) expect(ran(command, stdin)).toBe("inspect generation=g2\n");
});

test.each([
  ["without a script on its standard input", CREATE, "key=value\n"],
  ["that no shell of ours runs", "uptime", scriptInput("cat", INPUTS)],
])("a command %s is none of ours", (_, create, stdin) => {
  expect(declaredRun(create, stdin)).toBeUndefined();
});
