import { setTimeout as sleep } from "node:timers/promises";

/** Asks again and again until the answer passes; gives the last one. */
export async function eventually<T>(
  ask: () => Promise<T>,
  good: (answer: T) => boolean,
  deadlineMs = 30_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (good(answer) || Date.now() > end) return answer;
    await sleep(200);
  }
}
