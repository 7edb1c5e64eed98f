import { setTimeout as sleep } from "node:timers/promises";

/** What a steady stream of requests came to. */
export interface Traffic {
  asked: number;
  failures: string[];
}

/** Milliseconds between two requests, each on a connection of its own. */
const PAUSE_MS = 20;

/** Asks a function without pause, until it is told to stop. */
export function startTraffic(url: string): { stop(): Promise<Traffic> } {
  const traffic: Traffic = { asked: 0, failures: [] };
  const begun = Date.now();
  let going = true;
  const client = async (): Promise<void> => {
    while (going) {
      traffic.asked += 1;
      const problem = await askOnce(url);
      if (problem) traffic.failures.push(`after ${Date.now() - begun} ms: ${problem}`);
      await sleep(PAUSE_MS);
    }
  };
  const clients = Promise.all([client(), client()]);
  return {
    async stop() {
      going = false;
      await clients;
      return traffic;
    },
  };
}

/** Sends `WasmEdge` and expects it back; gives the problem, if any. */
export async function askOnce(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      body: "WasmEdge",
      headers: { connection: "close" },
      signal: AbortSignal.timeout(5_000),
    });
    const text = await answer.text();
    return answer.ok && text === "WasmEdge" ? undefined : `HTTP ${answer.status} ${text}`;
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    return cause?.message || message;
  }
}
