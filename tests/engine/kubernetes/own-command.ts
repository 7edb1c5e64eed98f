import { spawn } from "node:child_process";
import { join } from "node:path";

/**
 * Runs a command of `infra/bin` as a resource's delete does, with its request on standard input.
 *
 * @param heard gets all that it has printed so far, whenever it prints
 */
export function ownCommand(
  name: string,
  request: object | string,
  heard: (text: string) => void = () => {},
): Promise<{ code: number | null; text: string }> {
  const child = spawn(join(__dirname, "../../../infra/bin", name), { stdio: ["pipe", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      text += String(chunk);
      heard(text);
    });
  child.stdin.end(typeof request === "string" ? request : JSON.stringify(request));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, text }));
  });
}
