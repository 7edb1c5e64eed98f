import { setTimeout as sleep } from "node:timers/promises";

/** A function as the stack's outputs describe it. */
export interface FunctionOutput {
  name: string;
  /** Address that answers `POST` with the request's body. */
  url: string;
  runtimeClass: string;
  /** How the machines run it, such as `crun +WASM:wasmedge`. */
  runtime: string;
  /** What runs beside it, such as `daprd 1.14.4`. */
  beside?: string;
  /** It is not asked from this host, and that is as it should be. */
  unasked?: Unasked;
}

/** What is told of a function in the place of an answer. */
export interface Unasked {
  /** One word: `Stopped`, `Declared`. */
  state: string;
  reason: string;
}

/** What one live request to a function gave. */
export interface Answer {
  ready: boolean;
  /** The body, or why there is none. */
  text: string;
}

/** What is sent to a function to see that it lives. */
const QUESTION = "WasmEdge";

/** A function that is Ready can need a moment until every machine routes to it. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 250;
const REQUEST_DEADLINE_MS = 5_000;

/** Asks a function until it echoes the question, or gives the last failure when the patience is over. */
export async function ask(url: string, patienceMs = PATIENCE_MS): Promise<Answer> {
  const end = Date.now() + patienceMs;
  let last: Answer = { ready: false, text: "no answer" };
  do {
    last = await askOnce(url);
    if (last.ready) return last;
    await sleep(PAUSE_MS);
  } while (Date.now() < end);
  return last;
}

async function askOnce(url: string): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: "POST",
      body: QUESTION,
      // A kept connection would lead to where its first request went, even to what took that address meanwhile.
      headers: { connection: "close" },
      signal: AbortSignal.timeout(REQUEST_DEADLINE_MS),
    });
    const text = await response.text();
    if (response.ok && text === QUESTION) return { ready: true, text };
    return { ready: false, text: `HTTP ${response.status} ${text.slice(0, 80)}` };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    return { ready: false, text: cause?.message || message };
  }
}

/**
 * One line a function: name, state, address, question and answer.
 *
 * @param patienceMs how long a function that does not answer yet is asked again. Default 5 s
 */
export async function answerTable(
  outputs: Readonly<Record<string, unknown>>,
  patienceMs?: number,
): Promise<{ text: string; allWell: boolean }> {
  const functions = (outputs.functions as FunctionOutput[] | undefined) ?? [];
  const answers = await Promise.all(
    functions.map(async (one) => ({ one, answer: one.unasked ? undefined : await ask(one.url, patienceMs) })),
  );
  return {
    text: answers.map(({ one, answer }) => line(one, answer)).join(""),
    allWell: answers.every(({ answer }) => answer === undefined || answer.ready),
  };
}

function line(one: FunctionOutput, answer: Answer | undefined): string {
  if (answer === undefined) return `${one.name}   ${one.unasked?.state}   ${one.url}   ${one.unasked?.reason}\n`;
  const state = answer.ready ? "Ready" : "Failed";
  const said = answer.ready ? `"${answer.text}"` : answer.text;
  const how = [`wasm: ${one.runtime}`, one.runtimeClass, ...(one.beside === undefined ? [] : [`beside ${one.beside}`])];
  return `${one.name}   ${state}   ${one.url}   POST "${QUESTION}" -> ${said}   (${how.join(", ")})\n`;
}
