/** What long work says while it runs: one line a step on a terminal, plain lines elsewhere. */
export interface Progress {
  /** Starts a step; its handle ends it. */
  step(title: string): Step;
}

export interface Step {
  /** What the step is doing right now. */
  update(detail: string): void;
  done(note?: string): void;
  fail(reason: string): void;
}

/** Without a terminal a silent step says every so often that it lives. */
const HEARTBEAT_MS = 15_000;

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Progress on a stream: rewrites one line on a terminal, prints start, heartbeat and end otherwise. */
export function streamProgress(out: NodeJS.WriteStream = process.stderr): Progress {
  return { step: (title) => (out.isTTY ? liveStep(out, title) : plainStep(out, title)) };
}

/** Says nothing: for tests and for callers that report otherwise. */
export const silentProgress: Progress = { step: () => ({ update() {}, done() {}, fail() {} }) };

function plainStep(out: NodeJS.WriteStream, title: string): Step {
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

function liveStep(out: NodeJS.WriteStream, title: string): Step {
  const begun = Date.now();
  let detail = "";
  const draw = (): void => {
    const line = `… ${title}  ${seconds(begun)}${detail ? `  ${detail}` : ""}`;
    out.write(`\r\x1b[2K${line.slice(0, Math.max(20, (out.columns ?? 80) - 1))}`);
  };
  draw();
  const timer = setInterval(draw, 500);
  timer.unref();
  const end = (mark: string, note: string): void => {
    clearInterval(timer);
    out.write(`\r\x1b[2K${mark} ${title}  ${seconds(begun)}${note ? `  ${note}` : ""}\n`);
  };
  return {
    update: (text) => {
      detail = text;
    },
    done: (note = "") => end("✓", note),
    fail: (reason) => end("✗", reason),
  };
}
