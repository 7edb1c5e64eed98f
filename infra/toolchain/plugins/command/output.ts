import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Which streams are shown while a command runs. */
export const LOGGING = ["none", "stdout", "stderr", "stdoutAndStderr"] as const;
export type Logging = (typeof LOGGING)[number];

/** Lines of standard error that an error message repeats. */
const TAIL_LINES = 20;

export interface Output {
  stdout: string;
  stderr: string;
}

export const logsStdout = (logging: Logging): boolean => logging === "stdout" || logging === "stdoutAndStderr";
export const logsStderr = (logging: Logging): boolean => logging === "stderr" || logging === "stdoutAndStderr";

/** Last lines of a text, for an error message. */
export function lastLines(text: string, count = TAIL_LINES): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** The one line break that ends a command's output is not part of its value. */
export const trimOutput = (text: string): string => text.replace(/\n$/, "");

/** Splits text that arrives in pieces into lines. */
export function lineSplitter(onLine: (line: string) => void): { feed(text: string): void; end(): void } {
  let rest = "";
  return {
    feed(text) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    },
    end() {
      if (rest) onLine(rest);
      rest = "";
    },
  };
}

/** Collects a stream as text. */
export function collect(stream: Readable, onText?: (text: string) => void): () => string {
  const parts: string[] = [];
  follow(stream, (text) => {
    parts.push(text);
    onText?.(text);
  });
  return () => parts.join("");
}

/** Hands a stream on as text; characters that are split between two chunks stay whole. */
export function follow(stream: Readable, onText: (text: string) => void): void {
  const decoder = new StringDecoder("utf8");
  const add = (text: string): void => {
    if (text) onText(text);
  };
  stream.on("data", (chunk: Buffer) => add(decoder.write(chunk)));
  stream.on("end", () => add(decoder.end()));
}
