import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { remoteScript } from "../../../components/remote";
import { describeWithMachine, withCommands } from "./with-machine";

jest.setTimeout(120_000);

/** As machine.sh gives it to the user `asked`. */
const PASSWORD = "a word of its own";

/** Says who it runs as, with what, and which processes and variables could give the password away. */
const SCRIPT = `record() {
  local line
  while IFS= read -r line; do echo "$1 $(id -un) $line" >>"$2"; done
  { cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\\\0' '\\\\n'; } >"$2.seen"
}
record "$1" "$LOG"
`;

describeWithMachine("a script that becomes root on a real sshd, by a real sudo", (machine, connection) => {
  const folder = mkdtempSync(join(tmpdir(), "ofwasm-sudo-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A command that runs the script as `user` of the machine. */
  const program = (user: string, log: string, sudoPassword?: string) => async () => {
    const file = join(folder, "script.sh");
    writeFileSync(file, SCRIPT.replaceAll("$LOG", log).replaceAll("\\\\", "\\"));
    const { host, port, hostKey, privateKey } = connection();
    const login = {
      connection: { host, port: port!, user, hostKey: hostKey!, privateKey: privateKey! },
      ...(sudoPassword === undefined ? {} : { sudoPassword: pulumi.secret(sudoPassword) }),
    };
    new remote.Command("c", { ...remoteScript({ login, file, inputs: { a: 1 }, down: "down" }) });
  };

  const failure = (run: Promise<unknown>): Promise<string> =>
    run.then(
      () => Promise.reject(new Error("the run was to fail")),
      (error: Error) => error.message,
    );

  test.each([
    ["root", undefined],
    ["worker", undefined],
    ["worker", "unused"],
    ["asked", PASSWORD],
  ])("works for %s with the password %s, on delete too, and shows it nowhere", async (user, password) => {
    const log = join(machine().folder, `${user}-${password?.length ?? 0}`);
    await withCommands(async (engine) => {
      await engine.up(program(user, log, password));
      await engine.destroy();
    });
    expect(readFileSync(log, "utf8")).toBe("up root a=1\ndown root a=1\n");
    const seen = readFileSync(`${log}.seen`, "utf8");
    expect(seen).toContain("bash");
    if (password !== undefined) expect(seen).not.toContain(password);
    expect(machine().log()).not.toContain(PASSWORD);
  });

  test.each([
    [
      "asked",
      undefined,
      /asked may not become root without a password \(sudo: a password is required\); give sudoPassword/,
    ],
    ["asked", "hunter2", /sudo does not let asked become root \(.*incorrect password attempt\); check sudoPassword/],
  ])("tells why %s with the password %s cannot, and repeats no password", async (user, password, expected) => {
    await withCommands(async (engine) => {
      const message = await failure(engine.up(program(user, "/dev/null", password)));
      expect(message).toMatch(expected);
      expect(message).not.toContain("hunter2");
    });
  });
});
