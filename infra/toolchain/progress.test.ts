import { type ProgressStream, streamProgress } from "./progress";

const ESCAPE = "\u001b";
const PIECES = new RegExp(`${ESCAPE}\\[\\d+A|${ESCAPE}\\[J|\\r|\\n|[^${ESCAPE}\\r\\n]+`, "g");

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** Understands what progress writes: carriage return, lines up, clear to the end of the screen. */
class Terminal implements ProgressStream {
  readonly isTTY = true;
  readonly columns = 40;
  private lines = [""];
  private row = 0;

  write(text: string): void {
    for (const [part] of text.matchAll(PIECES)) {
      if (part === "\r") continue;
      if (part === "\n") this.lines[++this.row] ??= "";
      else if (part === `${ESCAPE}[J`) this.lines = [...this.lines.slice(0, this.row), ""];
      else if (part.startsWith(ESCAPE)) this.row -= Number(part.slice(2, -1));
      else this.lines[this.row] = part;
    }
  }

  screen(): string[] {
    return this.lines.filter((line) => line !== "");
  }
}

test("on a terminal steps that run side by side have a line each, and ended ones stay above", () => {
  const terminal = new Terminal();
  const progress = streamProgress(terminal);
  const outer = progress.step("image");
  const inner = progress.step("engine");
  inner.update("compiled 7 packages");
  jest.advanceTimersByTime(1000);
  expect(terminal.screen()).toEqual(["… image  1.0 s", "… engine  1.0 s  compiled 7 packages"]);
  inner.done("built");
  expect(terminal.screen()).toEqual(["✓ engine  1.0 s  built", "… image  1.0 s"]);
  outer.fail("no room");
  expect(terminal.screen()).toEqual(["✓ engine  1.0 s  built", "✗ image  1.0 s  no room"]);
});

test("on a terminal a running line is never wider than the terminal, or it could not be overwritten", () => {
  const terminal = new Terminal();
  const step = streamProgress(terminal).step("x".repeat(30));
  step.update("y".repeat(100));
  jest.advanceTimersByTime(600);
  expect(terminal.screen()).toHaveLength(1);
  expect(terminal.screen()[0]!.length).toBeLessThan(40);
  step.done();
});

test("elsewhere each step prints its start, that it lives, and its end", () => {
  let text = "";
  const progress = streamProgress({ write: (more) => (text += more) });
  const step = progress.step("engine");
  step.update("compiled 7 packages");
  jest.advanceTimersByTime(16_000);
  step.done("built");
  expect(text).toBe("… engine\n  engine: 15.0 s, compiled 7 packages\n✓ engine  16.0 s  built\n");
  expect(text).not.toContain(ESCAPE);
});

test("no timer keeps a program alive or goes on after the end", () => {
  const step = streamProgress(new Terminal()).step("engine");
  step.done();
  step.done();
  expect(jest.getTimerCount()).toBe(0);
});
