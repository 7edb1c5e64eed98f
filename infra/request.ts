import { readFileSync } from "node:fs";

/**
 * What a component gave a command of its own on standard input, as JSON.
 *
 * @throws when it is something else; without the parser's words, which would quote a text that has a kubeconfig
 */
export function readRequest<T>(): T {
  const text = readFileSync(0, "utf8");
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error("what came on standard input is no JSON; the component that runs this command writes it");
  }
}
