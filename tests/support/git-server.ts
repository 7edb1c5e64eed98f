import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Repositories below a folder over HTTP, for who has the password. */
export interface GitServer {
  /** Address of the folder; a repository's is `<url>/<name>`. */
  url: string;
  /** What each request came with: `Basic …`, or `nobody`. */
  asked: string[];
  close(): void;
}

/** Serves repositories by git's own CGI program. */
export async function gitServer(
  folder: string,
  login: { username: string; password: string },
  address = "127.0.0.1",
): Promise<GitServer> {
  const wanted = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    const { authorization = "nobody" } = request.headers;
    asked.push(authorization);
    if (authorization === wanted) serve(folder, request, answer);
    else answer.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
  });
  await new Promise<void>((done) => void server.listen(0, address, done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    asked,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function serve(folder: string, request: IncomingMessage, answer: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://server");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: request.method,
      REMOTE_USER: "test",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      HTTP_GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => {
    const whole = Buffer.concat(chunks);
    const end = whole.indexOf("\r\n\r\n");
    const headers = whole
      .subarray(0, end)
      .toString()
      .split("\r\n")
      .map((line) => line.split(": ") as [string, string]);
    const status = headers.find(([name]) => name === "Status")?.[1] ?? "200";
    for (const [name, value] of headers) if (name !== "Status") answer.setHeader(name, value);
    answer.writeHead(Number.parseInt(status, 10)).end(whole.subarray(end + 4));
  });
}
