import { readFileSync } from "node:fs";

/**
 * What a component hands to one of its commands: JSON on standard input.
 *
 * @throws when it is no JSON
 */
export function readRequest<T>(): T {
  const text = readFileSync(0, "utf8");
  try {
    return JSON.parse(text) as T;
  } catch {
    // The parser's own words would quote the text, which may hold a kubeconfig or a password.
    throw new Error("what came on standard input is no JSON; the component that runs this command writes it");
  }
}
