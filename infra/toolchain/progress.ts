/** What long work says while it runs: one line a step on a terminal, plain lines elsewhere. */
export interface Progress {
  /** Starts a step; its handle ends it. Steps may run side by side. */
  step(title: string): Step;
}

export interface Step {
  /** What the step is doing right now. */
  update(detail: string): void;
  done(note?: string): void;
  fail(reason: string): void;
}

/** Where progress is written; `process.stderr` is one. */
export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Without a terminal a silent step says every so often that it lives. */
const HEARTBEAT_MS = 15_000;

/** On a terminal the seconds move. */
const REDRAW_MS = 500;

const DEFAULT_COLUMNS = 80;

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Progress on a stream: rewrites lines in place on a terminal, prints start, heartbeat and end otherwise. */
export function streamProgress(out: ProgressStream = process.stderr): Progress {
  if (!out.isTTY) return { step: (title) => plainStep(out, title) };
  const board = new Board(out);
  return { step: (title) => board.step(title) };
}

/** Says nothing: for tests and for callers that report otherwise. */
export const silentProgress: Progress = { step: () => ({ update() {}, done() {}, fail() {} }) };

function plainStep(out: ProgressStream, title: string): Step {
  const begun = Date.now();
  let detail = "";
  out.write(`… ${title}\n`);
  const timer = setInterval(
    () => out.write(`  ${title}: ${seconds(begun)}${detail ? `, ${detail}` : ""}\n`),
    HEARTBEAT_MS,
  );
  timer.unref();
  const end = (mark: string, note: string): void => {
    clearInterval(timer);
    out.write(`${mark} ${title}  ${seconds(begun)}${note ? `  ${note}` : ""}\n`);
  };
  return {
    update: (text) => {
      detail = text;
    },
    done: (note = "") => end("✓", note),
    fail: (reason) => end("✗", reason),
  };
}

interface LiveStep {
  title: string;
  begun: number;
  detail: string;
}

/** The running steps at the bottom of a terminal, one line each; ended ones scroll away above them. */
class Board {
  private readonly running = new Set<LiveStep>();
  private timer: NodeJS.Timeout | undefined;
  /** Lines drawn, to be overwritten by the next draw. */
  private drawn = 0;

  constructor(private readonly out: ProgressStream) {}

  step(title: string): Step {
    const live: LiveStep = { title, begun: Date.now(), detail: "" };
    this.running.add(live);
    this.timer ??= setInterval(() => this.draw(), REDRAW_MS).unref();
    this.draw();
    return {
      update: (text) => {
        live.detail = text;
      },
      done: (note = "") => this.end(live, "✓", note),
      fail: (reason) => this.end(live, "✗", reason),
    };
  }

  private end(live: LiveStep, mark: string, note: string): void {
    if (!this.running.delete(live)) return;
    if (this.running.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
    this.draw(`${mark} ${live.title}  ${seconds(live.begun)}${note ? `  ${note}` : ""}\n`);
  }

  /** Draws all running steps anew, below `above`. */
  private draw(above = ""): void {
    const width = Math.max(20, (this.out.columns ?? DEFAULT_COLUMNS) - 1);
    const lines = [...this.running].map(({ title, begun, detail }) =>
      `… ${title}  ${seconds(begun)}${detail ? `  ${detail}` : ""}`.slice(0, width),
    );
    const back = this.drawn > 0 ? `\x1b[${this.drawn}A\r` : "\r";
    this.out.write(`${back}\x1b[J${above}${lines.map((line) => `${line}\n`).join("")}`);
    this.drawn = lines.length;
  }
}
