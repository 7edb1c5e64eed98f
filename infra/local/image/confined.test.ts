import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { confinedCommand, runConfined } from "./confined";

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

asRoot("confined commands (need root)", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "confined-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test("their mounts are not the host's, and daemons end with them", async () => {
    const script = 'mount -t tmpfs tmpfs "$1"; touch "$1/inside"; sleep 1000 & echo $$';
    const { stdout } = await runConfined(["sh", "-c", script, "sh", dir]);
    expect(stdout).toBe("1\n");
    expect(existsSync(join(dir, "inside"))).toBe(false);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(dir);
  });

  test("an error names the command and not the machinery around it", async () => {
    await expect(runConfined(["sh", "-c", "echo why >&2; exit 3"])).rejects.toThrow(/^sh -c .*exit code 3\nwhy/s);
  });

  test("when the caller is killed, everything it started is gone", async () => {
    const [command, ...args] = confinedCommand([
      "sh",
      "-c",
      'sleep 1000 & while :; do date >"$0/alive"; sleep 0.05; done',
      dir,
    ]);
    const program = `require("node:child_process").spawn(${JSON.stringify(command)}, ${JSON.stringify(args)}); setInterval(() => {}, 1000)`;
    const caller = spawn(process.execPath, ["-e", program]);
    const alive = join(dir, "alive");
    for (let tries = 0; !existsSync(alive) && tries < 100; tries++) await sleep(50);
    expect(existsSync(alive)).toBe(true);
    caller.kill("SIGKILL");
    await once(caller, "exit");
    await sleep(200);
    writeFileSync(alive, "silence");
    await sleep(300);
    expect(readFileSync(alive, "utf8")).toBe("silence");
  });
});
