import { spawn } from "node:child_process";
import { policyArguments } from "../policy/arguments";
import { LockBusyError, withLock } from "../toolchain/lock";
import { isTorn, keepWhole, mendCheckpoint } from "./checkpoint";
import { clearDeadLocks, dropPendingOperations, StackBusyError } from "./interrupted";
import { type Engine, engineEnvironment, ensureStack, type Session } from "./session";
import { dropHalfWritten } from "./stack-files";

export type Outputs = Readonly<Record<string, unknown>>;

/** What the engine is to do, and how it is told. */
export interface Operation {
  name: "up" | "preview" | "destroy" | "refresh";
  args?: readonly string[];
  /** The program; absent for operations that work on the state alone. */
  program?: () => Promise<Record<string, unknown>>;
  /** Called once the state is whole, before the engine starts; refuses the operation by throwing. */
  admit?: () => Promise<void>;
  /** Whether the project's rules are asked where the operation makes something. Default true; for measurements false. */
  judged?: boolean;
  /** Where the engine's own output goes. Default: to the user. */
  output?: "inherit" | "ignore";
}

/** Machines wait for the network most of the time, so more of them than processors can be worked on. */
const PARALLEL = 32;

/**
 * Runs `body` as the only command that changes the stack: a second one is refused at once.
 *
 * @throws StackBusyError when another command works on the stack
 */
export async function alone<T>(session: Session, body: () => Promise<T>): Promise<T> {
  try {
    return await withLock(session.files.lock, body, { waitSeconds: 0 });
  } catch (error) {
    if (error instanceof LockBusyError) throw new StackBusyError(session.stack, "another command");
    throw error;
  }
}

/**
 * Makes the state readable for a command that only looks at it.
 *
 * @throws StackBusyError when it is torn and another command works on the stack
 */
export async function mendState(session: Session): Promise<void> {
  if (!isTorn(session.files)) return;
  await alone(session, async () => {
    // An engine that outlived its command, or a plain `pulumi`, may still be saving.
    await clearDeadLocks(session.stack, session.files);
    mend(session);
  });
}

function mend({ stack, files }: Session): void {
  const mended = mendCheckpoint(files);
  if (mended !== undefined) process.stderr.write(`stack ${stack}: ${mended}\n`);
}

/**
 * Runs a changing operation on a stack; to be called inside `alone`.
 *
 * What a killed run left (its lock file, its half-done operations) is cleared first.
 *
 * @returns the engine's exit code
 */
export async function changeStack(session: Session, engine: Engine, operation: Operation): Promise<number> {
  const locks = await clearDeadLocks(session.stack, session.files);
  dropHalfWritten(session.files);
  mend(session);
  const pending = dropPendingOperations(session.files);
  if (locks + pending > 0) {
    process.stderr.write(`stack ${session.stack}: an earlier run was interrupted; going on from where it was\n`);
  }
  await ensureStack(session, engine);
  await operation.admit?.();
  const stop = keepWhole(session.files);
  try {
    return await runEngine(session, engine, operation);
  } finally {
    stop();
  }
}

/** Runs the engine with its output on the terminal, and the program, if any, in this process. */
export async function runEngine(session: Session, engine: Engine, operation: Operation): Promise<number> {
  const { serveProgram } = await import("./program-server.js");
  const server = operation.program ? await serveProgram(operation.program) : undefined;
  const args = [
    operation.name,
    "--stack",
    session.stack,
    "--config-file",
    session.configFile,
    "--parallel",
    String(PARALLEL),
    "--suppress-permalink=true",
    ...(operation.judged === false ? [] : policyArguments(operation.name)),
    ...(server ? ["--client", server.address, "--exec-kind", "auto.inline"] : []),
    ...(process.stdout.isTTY ? [] : ["--non-interactive", "--suppress-progress"]),
    ...(operation.args ?? []),
  ];
  // The terminal sends Ctrl-C to the engine too, which ends the operation in order; this process waits for it.
  const wait = (): void => {};
  process.on("SIGINT", wait);
  try {
    return await new Promise<number>((resolve, reject) => {
      const child = spawn(engine.pulumi, args, {
        cwd: session.clone,
        env: { ...process.env, ...engineEnvironment(session, engine) },
        stdio: ["ignore", operation.output ?? "inherit", "inherit"],
      });
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? 1));
    });
  } finally {
    process.off("SIGINT", wait);
    server?.stop();
  }
}
