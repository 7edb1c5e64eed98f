import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "./client";

/** An API server whose answers are `answers[path]`, one after the other; the last one stays. */
async function serving(
  answers: Record<string, number[]>,
): Promise<{ server: Server; client: Client; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    const left = answers[url] ?? [404];
    const status = left.length > 1 ? left.shift()! : left[0]!;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(status === 200 ? { kind: "Fine" } : { reason: "Forbidden", message: "forbidden: no" }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { server, asked, client: new Client({ server: new URL(`http://127.0.0.1:${port}`), insecure: false }) };
}

describe("a call that is forbidden", () => {
  let made: Awaited<ReturnType<typeof serving>>;
  afterEach(async () => {
    made.client.close();
    await new Promise((done) => made.server.close(done));
  });
  const get = (retryForMs?: number) => made.client.call({ method: "GET", path: "/apis/apps/v1", retryForMs });

  it("is made again while the server has not read its rules yet", async () => {
    made = await serving({ "/apis/apps/v1": [403, 403, 200], "/readyz": [403, 500, 200] });
    await expect(get(10_000)).resolves.toEqual({ kind: "Fine" });
    expect(made.asked).toEqual(["/apis/apps/v1", "/readyz", "/apis/apps/v1", "/readyz", "/apis/apps/v1"]);
  });

  it("fails at once when the server is ready", async () => {
    made = await serving({ "/apis/apps/v1": [403], "/readyz": [200] });
    await expect(get(10_000)).rejects.toThrow("forbidden: no");
    expect(made.asked).toEqual(["/apis/apps/v1", "/readyz"]);
  });

  it("fails at once when nothing is to be retried", async () => {
    made = await serving({ "/apis/apps/v1": [403], "/readyz": [403] });
    await expect(get()).rejects.toThrow("forbidden: no");
    expect(made.asked).toEqual(["/apis/apps/v1"]);
  });
});
