import { CommandError, type RunOptions, type RunResult, run } from "../../process";

/**
 * Runs a command as root of mount and process namespaces of its own, for work that mounts things or starts
 * daemons: its mounts are never seen by the host, and when it ends, or this process dies however it dies, all
 * of it is gone.
 *
 * @throws CommandError as `run` does.
 */
export async function runConfined(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  try {
    const [program = "", ...args] = confinedCommand(command);
    return await run(program, args, options);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(command.join(" "), error.code, error.reason, error.tail, options.log);
  }
}

/** The command line that confines another. */
export function confinedCommand(command: readonly string[]): string[] {
  return ["setpriv", "--pdeathsig", "KILL", "unshare", ...NAMESPACES, "--", ...command];
}

const NAMESPACES = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** Runs a command of `root` inside it. */
export function runInRoot(root: string, command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", ...options.env };
  return runConfined(["chroot", root, ...command], { ...options, env });
}
