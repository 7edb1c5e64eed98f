import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { asRoot, bundleScript, remoteScript, scriptInput, shellCommand } from "./remote-script";

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
    expect(shellCommand("up")).toBe("exec bash -s up");
  });
});

/** A sudo that notes how it was asked; it takes a password from standard input when `SUDO_ASKS` names one. */
const SUDO = `#!/bin/bash
echo "sudo $*" >>"$SUDO_LOG"
given=""
while [[ $1 == -* ]]; do
  case $1 in -S) read_it=1 ;; -n) silent=1 ;; -p) shift ;; esac
  shift
done
if [[ -n $SUDO_ASKS ]]; then
  [[ -z \${silent:-} ]] || { echo "sudo: a password is required" >&2; exit 1; }
  IFS= read -r given
  [[ $given == "$SUDO_ASKS" ]] || { echo "Sorry, try again." >&2; echo "sudo: 1 incorrect password attempt" >&2; exit 1; }
fi
exec "$@"
`;

const resolved = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => output.apply((value) => resolve(value as T)));

const isRoot = process.getuid?.() === 0;
const asUser = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];

describe("a script that must run as root", () => {
  const dir = mkdtempSync(join(tmpdir(), "become-root-"));
  const log = join(dir, "log");
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  beforeEach(() => {
    chmodSync(dir, 0o777);
    rmSync(log, { force: true });
    writeFileSync(join(dir, "sudo"), SUDO, { mode: 0o755 });
    chmodSync(join(dir, "sudo"), 0o755);
  });

  /** Runs it as a user who is not root, with the sudo of this test. */
  function byUser(
    password: string | undefined,
    asks: string,
    script = 'echo "$1"; while read -r l; do echo "$l"; done',
  ) {
    const input = asRoot(scriptInput(script, { a: 1 }), password).replace("PATH=", `PATH=${dir}:`);
    const env = { PATH: process.env.PATH ?? "", SUDO_LOG: log, SUDO_ASKS: asks };
    const { status, stdout, stderr } = spawnSync("env", [...asUser, "bash", "-s", "up"], {
      input,
      env,
      encoding: "utf8",
    });
    return { status, stdout, stderr, asked: existsSync(log) ? readFileSync(log, "utf8") : "" };
  }

  test.each<[string, string | undefined, string]>([
    ["sudo without a password", undefined, ""],
    ["sudo with one", "p $(w) 'x' \\ ", "p $(w) 'x' \\ "],
    ["sudo that needs none of the one it is given", "unused", ""],
  ])("gets its verb and its inputs through %s", (_, password, asks) => {
    const { status, stdout, stderr, asked } = byUser(password, asks);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "up\na=1\n", stderr: "" });
    if (password !== undefined) expect(asked).not.toContain(password);
  });

  test("without a password that sudo asks for says so, and does not run", () => {
    const missing = byUser(undefined, "wanted");
    expect(missing).toMatchObject({ status: 1, stdout: "" });
    expect(missing.stderr).toMatch(
      /may not become root without a password \(sudo: a password is required\); give sudo/,
    );
  });

  test("with a wrong one is told so after one try, and does not run", () => {
    const wrong = byUser("wrong", "wanted");
    expect(wrong).toMatchObject({ status: 1, stdout: "" });
    expect(wrong.stderr).toMatch(
      /does not let \S+ become root \(sudo: 1 incorrect password attempt\); check sudoPassword/,
    );
    expect(wrong.stderr).not.toMatch(/wrong|wanted/);
    // One try: more of them lock accounts.
    expect(wrong.asked.match(/^sudo/gm)).toHaveLength(1);
  });

  test("needs no sudo as root", () => {
    const input = asRoot(scriptInput('echo "$1"; cat', { a: 1 }), "unused");
    // Inside a user namespace everybody is root.
    const asRootUser = isRoot ? [] : ["unshare", "-r"];
    const { stdout, stderr } = spawnSync("env", [...asRootUser, "bash", "-s", "up"], { input, encoding: "utf8" });
    expect({ stdout, stderr }).toEqual({ stdout: "up\na=1\n", stderr: "" });
  });

  test("runs nothing when its text is cut off anywhere", () => {
    const whole = asRoot(scriptInput("echo ran", {}), "password");
    for (
      let length = 0;
      length < whole.indexOf('ofwasm_script "$@"; exit $?\n', whole.indexOf("echo ran"));
      length += 97
    ) {
      const { stdout } = spawnSync("bash", ["-s", "up"], { input: whole.slice(0, length), encoding: "utf8" });
      expect(stdout).toBe("");
    }
  });

  test.each([
    [undefined, false],
    ["hunter2", true],
  ])("is a secret with the password %s: %s", async (sudoPassword, secret) => {
    const login = { connection: { host: "h", hostKey: "k" }, ...(sudoPassword === undefined ? {} : { sudoPassword }) };
    const script = remoteScript({
      login,
      file: join(__dirname, "scripts", "inputs.sh"),
      inputs: { a: 1 },
      down: "down",
    });
    expect(await pulumi.isSecret(script.stdin)).toBe(secret);
    const shown = await Promise.all([script.create, script.delete].map((text) => resolved(pulumi.output(text))));
    expect(shown).toEqual([expect.stringMatching(/^exec bash -s up # script \w{12}$/), "exec bash -s down"]);
    expect((await resolved(script.stdin)).includes("\nhunter2\nhunter2\n")).toBe(secret);
  });

  test("takes a password of one line only, and does not repeat another one", () => {
    expect(() => asRoot("", "hunter2\nhunter3")).toThrow(/^sudoPassword is not one line/);
  });
});
