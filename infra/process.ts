import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";

export interface RunOptions {
  cwd?: string;
  /** Added to this process's environment; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** Written to the command's standard input, which is closed afterwards. */
  input?: string | Uint8Array;
  /** File that receives everything the command prints, appended. */
  log?: string;
  /** Milliseconds after which the command is killed. Default: 45 minutes, several times what the slowest build takes. */
  deadlineMs?: number;
  signal?: AbortSignal;
  /** Ends the command when this process ends, however it ends: for what would go on for minutes. Linux only. */
  endsWithUs?: boolean;
  /** Called for each line of output, for progress. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  stdout: string;
  stderr: string;
}

/** A command that ended badly: says which, how, and the last lines it printed. */
export class CommandError extends Error {
  constructor(
    readonly command: string,
    readonly code: number | null,
    readonly reason: string,
    readonly tail: string,
    log?: string,
  ) {
    super(`${command}: ${reason}${tail ? `\n${tail}` : ""}${log ? `\nfull output: ${log}` : ""}`);
    this.name = "CommandError";
  }
}

const TAIL_LINES = 20;

/** For what hangs: a mirror that stopped sending, a prompt that nobody sees. */
const DEADLINE_MS = 45 * 60_000;

function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}

/**
 * Runs a command without a shell and collects its output.
 *
 * @throws CommandError when it cannot start, exits non-zero, or runs past its deadline.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const [program, parameters] =
      options.endsWithUs && process.platform === "linux"
        ? ["setpriv", ["--pdeathsig", "TERM", command, ...args]]
        : [command, args];
    const child = spawn(program, parameters, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      signal: options.signal,
    });
    const log = options.log ? createWriteStream(options.log, { flags: "a" }) : undefined;
    // A disk that is full ends the command itself soon enough, and that is the error to show.
    log?.on("error", () => {});
    let stdout = "";
    let stderr = "";
    let timedOut = false;
    const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
      // What it started may hold the other ends for as long as it likes.
      child.stdout.destroy();
      child.stderr.destroy();
    }, deadlineMs);
    const feed = (chunk: string): void => {
      log?.write(chunk);
      if (options.onLine) for (const line of chunk.split("\n")) if (line.trim()) options.onLine(line.trim());
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      feed(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      stderr += chunk;
      feed(chunk);
    });
    // A command that does not read its input closes the pipe early; its exit code tells the story.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    let settled = false;
    const finish = (code: number | null, failure: string | undefined): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      log?.end();
      if (failure === undefined) resolve({ stdout, stderr });
      else reject(new CommandError(command, code, failure, lastLines(stderr || stdout), options.log));
    };
    child.on("error", (error) => finish(null, error.message));
    child.on("close", (code, signal) => {
      if (timedOut) finish(code, `did not end within ${deadlineMs / 1000} s`);
      else if (signal) finish(code, `killed by ${signal}`);
      else if (code !== 0) finish(code, `exit code ${code}`);
      else finish(code, undefined);
    });
  });
}

/** Whether there is a process of that id, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
