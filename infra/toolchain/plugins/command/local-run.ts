import { spawn } from "node:child_process";
import { cancelled } from "../host";
import { collect, lastLines, lineSplitter, type Output } from "./output";

export interface LocalCommand {
  command: string;
  /** Program and its arguments before the command; empty for `/bin/sh -c`. */
  interpreter: readonly string[];
  /** Working directory. Default: the program's. */
  dir?: string;
  stdin?: string;
  environment: Readonly<Record<string, string>>;
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
  /** Seconds after which the command is ended; 0 for no limit. */
  timeoutSeconds: number;
  redact: (text: string) => string;
}

/** Milliseconds between asking a command to end and making it end. */
const GRACE_MS = 2_000;

/** Runs a command on this machine; like `runRemote` its errors hold neither the command nor its input. */
export function runLocal(request: LocalCommand, signal: AbortSignal): Promise<Output> {
  const [program = "/bin/sh", ...args] = request.interpreter.length > 0 ? request.interpreter : ["/bin/sh", "-c"];
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelled("local command: cancelled before it started"));
    const child = spawn(program, [...args, request.command], {
      cwd: request.dir,
      env: { ...process.env, ...request.environment },
      stdio: ["pipe", "pipe", "pipe"],
      // A process group of its own, so that cancelling ends what the command started too.
      detached: true,
    });
    const stdoutLines = request.onStdout && lineSplitter(request.onStdout);
    const stderrLines = request.onStderr && lineSplitter(request.onStderr);
    const stdout = collect(child.stdout, stdoutLines?.feed);
    const stderr = collect(child.stderr, stderrLines?.feed);
    child.stdin.on("error", () => {});
    child.stdin.end(request.stdin ?? "");

    let ending: string | undefined;
    let killing: NodeJS.Timeout | undefined;
    const end = (why: string): void => {
      if (ending) return;
      ending = why;
      signalGroup(child.pid, "SIGTERM");
      killing = setTimeout(() => signalGroup(child.pid, "SIGKILL"), GRACE_MS);
    };
    const abort = (): void => end("cancelled");
    signal.addEventListener("abort", abort, { once: true });
    const timer =
      request.timeoutSeconds > 0
        ? setTimeout(() => end(`not done within ${request.timeoutSeconds} s`), request.timeoutSeconds * 1000)
        : undefined;
    const settle = (): void => {
      clearTimeout(timer);
      clearTimeout(killing);
      signal.removeEventListener("abort", abort);
      stdoutLines?.end();
      stderrLines?.end();
    };
    child.on("error", (error: NodeJS.ErrnoException) => {
      settle();
      const what = error.code === "ENOENT" && request.dir ? `${program} or the directory ${request.dir}` : program;
      reject(new Error(`local command: cannot start ${what}: ${error.code ?? error.message}`));
    });
    child.on("close", (code, killedBy) => {
      settle();
      const lines = request.redact(lastLines(stderr()));
      const tail = lines ? `; the last of its standard error:\n${lines}` : "";
      if (ending === "cancelled") reject(cancelled("local command: cancelled, and ended"));
      else if (ending) reject(new Error(`local command: ${ending}, and ended${tail}`));
      else if (killedBy) reject(new Error(`local command: killed by ${killedBy}${tail}`));
      else if (code !== 0) reject(new Error(`local command: exit code ${code}${tail}`));
      else resolve({ stdout: stdout(), stderr: stderr() });
    });
  });
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // It has ended by itself.
  }
}
