import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { answerTable } from "./answers";

let server: Server;

function listen(handler: (body: string, attempt: number) => [number, string]): Promise<string> {
  let attempt = 0;
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      attempt += 1;
      const [status, text] = handler(body, attempt);
      response.writeHead(status).end(text);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/echo`));
  });
}

afterEach(() => new Promise((resolve) => server.close(resolve)));

const table = (url: string) =>
  answerTable({
    functions: [{ name: "http-server", url, runtimeClass: "openfunction-crun", runtime: "crun +WASM:wasmedge" }],
  });

test("a function that echoes is Ready and its answer is shown, also when it needs a moment", async () => {
  const url = await listen((body, attempt) => (attempt < 3 ? [503, "not yet"] : [200, body]));
  expect(await table(url)).toEqual({
    allWell: true,
    text: `http-server   Ready   ${url}   POST "WasmEdge" -> "WasmEdge"   (wasm: crun +WASM:wasmedge, openfunction-crun)\n`,
  });
});

test("what runs beside a function is told with it", async () => {
  const url = await listen((body) => [200, body]);
  const one = { name: "dapr-state", url, runtimeClass: "openfunction-crun", runtime: "crun", beside: "daprd 1.2.3" };
  const { text } = await answerTable({ functions: [one] });
  expect(text).toContain('-> "WasmEdge"   (wasm: crun, openfunction-crun, beside daprd 1.2.3)\n');
});

test.each([
  ["Stopped", "no replicas are asked for"],
  ["Declared", "lane knative"],
])("a function that is not to be asked is not, and is as it should be: %s", async (state, reason) => {
  const url = "http://127.0.0.1:9/echo";
  server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const one = {
    name: "http-server",
    url,
    runtimeClass: "openfunction-crun",
    runtime: "crun",
    unasked: { state, reason },
  };
  expect(await answerTable({ functions: [one] })).toEqual({
    allWell: true,
    text: `http-server   ${state}   ${url}   ${reason}\n`,
  });
});

test("a function that answers something else is Failed, with what it said", async () => {
  const url = await listen(() => [500, "exec format error"]);
  const { allWell, text } = await table(url);
  expect(allWell).toBe(false);
  expect(text).toContain("Failed");
  expect(text).toContain("HTTP 500 exec format error");
}, 20_000);

test("each request is a connection of its own: a kept one would lead to what was there before", async () => {
  const connections: unknown[] = [];
  const url = await listen((body, attempt) => (attempt < 3 ? [404, "of another pod"] : [200, body]));
  server.on("connection", (socket) => connections.push(socket));
  expect((await table(url)).allWell).toBe(true);
  expect(connections).toHaveLength(3);
});
