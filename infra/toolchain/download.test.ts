import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { download } from "./download";
import { Unavailable } from "./sources";

const content = randomBytes(300_000);
const sha256 = createHash("sha256").update(content).digest("hex");

let folder: string;
let server: Server;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-download-"));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
}

test("a file with the published bytes appears under its name", async () => {
  const url = await serve((_request, response) => response.end(content));
  await download({ url, sha256 }, join(folder, "file"));
  expect(readFileSync(join(folder, "file")).equals(content)).toBe(true);
  expect(readdirSync(folder)).toEqual(["file"]);
});

test("one flipped bit anywhere is refused, nothing is left, and no other source is tried", async () => {
  for (const position of [0, 150_000, content.length - 1]) {
    const tampered = Buffer.from(content);
    tampered[position]! ^= 1;
    const url = await serve((_request, response) => response.end(tampered));
    const failure = await download({ url, sha256 }, join(folder, "file")).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(Unavailable);
    expect(String(failure)).toContain(`expected ${sha256}. It was not used.`);
    expect(readdirSync(folder)).toEqual([]);
    server.close();
  }
});

test("a file that is cut short is refused", async () => {
  const url = await serve((_request, response) => response.end(content.subarray(0, 1000)));
  await expect(download({ url, sha256 }, join(folder, "file"))).rejects.toThrow("is not what was published");
});

test("a connection that breaks off is a source that cannot be had", async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 1000), () => response.destroy());
  });
  await expect(download({ url, sha256 }, join(folder, "file"))).rejects.toBeInstanceOf(Unavailable);
  expect(readdirSync(folder)).toEqual([]);
});

test("an error status is a source that cannot be had, with the reason", async () => {
  const url = await serve((_request, response) => {
    response.statusCode = 403;
    response.end();
  });
  await expect(download({ url, sha256 }, join(folder, "file"))).rejects.toThrow(/^127\.0\.0\.1:\d+ answers 403$/);
});

test("a server that does not answer is left after the deadline", async () => {
  const url = await serve(() => {});
  const begun = Date.now();
  await expect(download({ url, sha256 }, join(folder, "file"), { answerDeadlineMs: 200 })).rejects.toThrow(
    "does not answer in time",
  );
  expect(Date.now() - begun).toBeLessThan(3000);
});

test("a port where nobody listens is a source that cannot be had, with the reason", async () => {
  const url = await serve(() => {});
  await new Promise((closed) => server.close(closed));
  const failure = await download({ url, sha256 }, join(folder, "file")).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Unavailable);
  expect(String(failure)).toContain("is not reached (ECONNREFUSED)");
});

test("who interrupts gets the interruption, not a next source", async () => {
  const url = await serve(() => {});
  const controller = new AbortController();
  const attempt = download({ url, sha256 }, join(folder, "file"), { signal: controller.signal });
  controller.abort(new Error("stopped by the user"));
  await expect(attempt).rejects.toThrow("stopped by the user");
  expect(existsSync(join(folder, "file"))).toBe(false);
});

test("a folder that cannot be written to is no fault of the source", async () => {
  const url = await serve((_request, response) => response.end(content));
  const failure = await download({ url, sha256 }, join(folder, "none", "file")).catch((error: unknown) => error);
  expect(failure).not.toBeInstanceOf(Unavailable);
  expect(String(failure)).toContain("ENOENT");
});
