import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleScript, scriptInput, shellCommand } from "./remote-script";

describe("a script sent on standard input", () => {
  const dir = mkdtempSync(join(tmpdir(), "remote-script-"));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const runOver = (script: string, inputs: Record<string, string>, verb = "up"): string =>
    execFileSync("bash", ["-s", verb], { input: scriptInput(script, inputs), encoding: "utf8" });

  test("reads its inputs from what follows it, unevaluated", () => {
    const hostile = "$(touch /tmp/never) `id` 'x' \"y\" \\ = end";
    const out = runOver("while IFS= read -r line; do printf '[%s]\\n' \"$line\"; done", { value: hostile });
    expect(out).toBe(`[value=${hostile}]\n`);
  });

  test("gets its verb as first argument and its exit code counts", () => {
    expect(runOver('echo "$1"', {}, "down")).toBe("down\n");
    expect(() => runOver("exit 3", {})).toThrow(/status|Command failed/);
  });

  test("runs nothing when the text is cut off", () => {
    const whole = scriptInput("echo ran", {});
    const cut = whole.slice(0, whole.indexOf("\n}\n"));
    const { status, stdout } = spawnSync("bash", ["-s", "up"], { input: cut, encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).not.toBe(0);
  });

  test("carries what it sources", () => {
    writeFileSync(join(dir, "part.sh"), "hello() { echo hello; }\n");
    writeFileSync(join(dir, "main.sh"), `source "\${BASH_SOURCE%/*}/part.sh"\nhello\n`);
    expect(runOver(bundleScript(join(dir, "main.sh")), {})).toBe("hello\n");
    mkdirSync(join(dir, "other", "scripts"), { recursive: true });
    mkdirSync(join(dir, "own", "scripts"), { recursive: true });
    writeFileSync(join(dir, "other", "scripts", "part.sh"), "hello() { echo others; }\n");
    const main = join(dir, "own", "scripts", "main.sh");
    writeFileSync(main, `source "\${BASH_SOURCE%/*}/../../other/scripts/part.sh"\nhello\n`);
    expect(runOver(bundleScript(main), {})).toBe("others\n");
    // A user who tries it by hand sees the same.
    expect(execFileSync("bash", [main], { encoding: "utf8" })).toBe("others\n");
  });

  test("has nothing but the verb on the command line", () => {
    expect(shellCommand("up")).toBe('if [ "$(id -u)" -eq 0 ]; then exec bash -s up; else exec sudo -n bash -s up; fi');
  });
});
