import { CommandError, run } from "./process";

describe("a command", () => {
  it("that is over its deadline is ended, whatever it started", async () => {
    const hanging = run("sh", ["-c", "sleep 5 & wait"], { deadlineMs: 100 });
    await expect(hanging).rejects.toThrow("sh: did not end within 0.1 s");
  }, 3_000);

  it("that fails says how, with the end of what it printed", async () => {
    const failing = run("sh", ["-c", "seq 30 >&2; exit 3"]);
    await expect(failing).rejects.toThrow(CommandError);
    await expect(failing).rejects.toMatchObject({ code: 3, reason: "exit code 3" });
    await expect(failing).rejects.toThrow(/^sh: exit code 3\n11\n[\d\n]*30$/);
  });

  it("goes on when its log cannot be written", async () => {
    expect((await run("echo", ["done"], { log: "/dev/full" })).stdout).toBe("done\n");
  });

  it("gets its input and an environment that adds to ours", async () => {
    const env = { GREETING: "hello", PATH: process.env.PATH, HOME: undefined };
    const script = 'read -r name; echo "$GREETING, $name"; env | grep -c ^HOME= || true';
    expect((await run("sh", ["-c", script], { input: "you\n", env })).stdout).toBe("hello, you\n0\n");
  });
});
