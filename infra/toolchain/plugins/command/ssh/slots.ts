/** Counting lock: lets so many holders in at once, the others wait in order. */
export class Slots {
  private held = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private limit: number) {}

  /** @throws the signal's reason when it aborts first. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.held < this.limit) {
      this.held++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.waiting.push(enter);
    });
  }

  give(): void {
    // The slot passes to the next in line, unless the limit has shrunk below it.
    const next = this.held <= this.limit ? this.waiting.shift() : undefined;
    if (next) next();
    else this.held--;
  }

  /**
   * Gives back a slot that turned out not to exist and never hands out that many again.
   *
   * @returns false when nobody else holds one, so that waiting for one would be for ever.
   */
  shrink(): boolean {
    this.held--;
    if (this.held === 0) return false;
    this.limit = Math.min(this.limit, this.held);
    return true;
  }
}
