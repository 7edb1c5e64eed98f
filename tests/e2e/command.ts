import { type ChildProcess, spawn } from "node:child_process";
import { delimiter, resolve } from "node:path";
import { cacheRoot } from "../../infra/paths";

export const CLONE = resolve(__dirname, "../..");

const OFWASM = resolve(CLONE, "infra/bin/ofwasm.cjs");

/** How a command ended. */
export interface Ended {
  /** `null` when it was killed. */
  code: number | null;
  /** What it printed on both of its outputs, in order of arrival. */
  text: string;
  seconds: number;
}

/**
 * The environment of a user's shell with a state folder of its own: nothing of the engine that the tests
 * themselves run under.
 */
export function userEnvironment(state: string): Record<string, string> {
  const own = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("PULUMI_"),
  );
  const path = (process.env.PATH ?? "").split(delimiter).filter((dir) => !dir.startsWith(cacheRoot()));
  return { ...Object.fromEntries(own), PATH: path.join(delimiter), OFWASM_STATE: state };
}

/** A command of the product that runs, in a process group of its own as a shell would start it. */
export class RunningCommand {
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;
  private text = "";

  constructor(state: string, args: readonly string[]) {
    const begun = performance.now();
    const child = spawn(process.execPath, [OFWASM, ...args], {
      cwd: CLONE,
      env: userEnvironment(state),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        this.text += chunk;
      });
    this.child = child;
    this.ended = new Promise((done, fail) => {
      child.once("error", fail);
      const end = (code: number | null): void => done({ code, text: this.text, seconds: secondsSince(begun) });
      // Processes that outlive a killed command can hold its outputs open.
      child.once("exit", (code) => (code === null ? end(null) : undefined));
      child.once("close", end);
    });
  }

  /** What it has printed so far. */
  get printed(): string {
    return this.text;
  }

  get finished(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** `kill -9` of the command and everything in its process group, the engine included. */
  killGroup(): void {
    this.signal(-this.pid);
  }

  /** `kill -9` of the command's first process alone: the engine is left behind. */
  killCommand(): void {
    this.signal(this.pid);
  }

  private get pid(): number {
    if (this.child.pid === undefined) throw new Error("the command did not start");
    return this.child.pid;
  }

  private signal(target: number): void {
    try {
      process.kill(target, "SIGKILL");
    } catch (error) {
      // It ended by itself a moment ago.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

const secondsSince = (begun: number): number => Math.round((performance.now() - begun) / 100) / 10;

/** Says on the terminal what a figure was, beside jest's own lines. */
export const note = (text: string): void => void process.stderr.write(`    ${text}\n`);
