import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Pin, pins } from "../pins";
import { versions } from "../versions";
import { fetchPublished, mirrorUrl, placeInMirror } from "./mirror";
import { officialFiles } from "./official";
import { sha256 } from "./payload/contents";
import { silentProgress } from "./progress";
import { Unavailable } from "./sources";

let folder: string;
let mirror: string;
const servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-mirror-"));
  mirror = join(folder, "mirror");
});

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The publisher: serves `published` everywhere. */
const publisher = (): Promise<string> => serve((_request, response) => response.end("published"));

const NOBODY = "http://127.0.0.1:1";

const file = (base: string): Pin => ({
  name: "tool",
  version: "1.0",
  architecture: "amd64",
  url: `${base}/releases/v1.0/tool-amd64`,
  sha256: sha256("published"),
  statedBy: [],
  confidence: "high",
});

function putIntoMirror(published: Pin, content: string): void {
  const path = join(mirror, placeInMirror(published));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const target = (): string => join(folder, "tool");

test("a folder that has the file is read, and its publisher is not asked", async () => {
  const published = file(NOBODY);
  putIntoMirror(published, "published");
  expect(await fetchPublished(published, target(), { mirror })).toBe("mirror");
  expect(readFileSync(target(), "utf8")).toBe("published");
});

test("a URL is asked for the same path below itself", async () => {
  const asked: (string | undefined)[] = [];
  const base = await serve((request, response) => {
    asked.push(request.url);
    response.end("published");
  });
  expect(await fetchPublished(file(NOBODY), target(), { mirror: `${base}/copy/` })).toBe("mirror");
  expect(asked).toEqual(["/copy/downloads/127.0.0.1:1/releases/v1.0/tool-amd64"]);
});

test.each(["a folder", "a URL"])("what %s does not have comes from its publisher", async (kind) => {
  const empty = kind === "a folder" ? mirror : await serve((_request, response) => response.writeHead(404).end());
  expect(await fetchPublished(file(await publisher()), target(), { mirror: empty })).toBeUndefined();
  expect(readFileSync(target(), "utf8")).toBe("published");
});

test("what neither has is missing for two reasons", async () => {
  const failure = await fetchPublished(file(NOBODY), target(), { mirror }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Unavailable);
  expect(String(failure)).toMatch(/there is no .*\/downloads\/127\.0\.0\.1:1\/.*; 127\.0\.0\.1:1 is not reached/);
});

test.each(["a folder", "a URL"])("other bytes in %s are refused, and nobody else is asked", async (kind) => {
  const published = file(await publisher());
  putIntoMirror(published, "tampered");
  const tampered = kind === "a folder" ? mirror : await serve((_request, response) => response.end("tampered"));
  const failure = await fetchPublished(published, target(), { mirror: tampered }).catch((error: unknown) => error);
  expect(failure).not.toBeInstanceOf(Unavailable);
  expect(String(failure)).toContain(`is not what was published: SHA-256 ${sha256("tampered")}`);
  expect(existsSync(target())).toBe(false);
});

test("programs of an official archive are looked for in the mirror of the run", async () => {
  const helm = pins.find(({ name, architecture }) => name === "helm" && architecture === "amd64")!;
  putIntoMirror(helm, "tampered");
  const into = join(folder, "helm");
  mkdirSync(into);
  const step = silentProgress.step("helm");
  const context = { log: join(folder, "log"), step, progress: silentProgress, mirror };
  await expect(officialFiles("helm", versions.helm, ["helm"], "amd64").fill(into, context)).rejects.toThrow(
    /mirror\/downloads\/get\.helm\.sh\/helm-v.*-linux-amd64\.tar\.gz is not what was published/,
  );
  expect(readdirSync(into)).toEqual([]);
});

test("every published file has a place of its own", () => {
  const places = pins.map(placeInMirror);
  expect(new Set(places).size).toBe(places.length);
  for (const [index, place] of places.entries()) {
    expect(place).toMatch(
      pins[index]!.name.startsWith("chart-") ? /^charts\/[^/]+\.tgz$/ : /^downloads\/[^/]+\/.+[^/]$/,
    );
    expect(mirrorUrl("https://mirror.example.org/", pins[index]!)).toBe(`https://mirror.example.org/${place}`);
  }
});
