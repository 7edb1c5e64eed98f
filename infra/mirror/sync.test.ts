import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { mirrorMissing, upstreamMirror } from "../../tests/support/upstream";
import { chartArchive } from "../charts/archive";
import { layerCharts, publishedCharts, readLayerCharts } from "../charts/layers";
import type { Pin } from "../pins";
import { helmBinary, manifestsBinary } from "../toolchain/binaries";
import { sha256 } from "../toolchain/payload/contents";
import { silentProgress } from "../toolchain/progress";
import { ensure, filesBelow } from "../toolchain/store";
import { versions } from "../versions";
import { syncMirror } from "./sync";

const CLONE = join(__dirname, "..", "..");

let folder: string;
let bundle: string;
let server: Server | undefined;
let child: ChildProcess | undefined;
const cacheBefore = process.env.OFWASM_CACHE;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-mirror-"));
  bundle = join(folder, "bundle");
});

afterEach(() => {
  child?.kill("SIGKILL");
  child = undefined;
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  if (cacheBefore === undefined) delete process.env.OFWASM_CACHE;
  else process.env.OFWASM_CACHE = cacheBefore;
  rmSync(folder, { recursive: true, force: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const made = createServer(listener);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

/** An address where nobody listens. */
async function refused(): Promise<string> {
  const url = await serve(() => {});
  await new Promise((closed) => server?.close(closed));
  return url;
}

const chart = (name: string, content: string, base = "http://127.0.0.1:1"): Pin => ({
  name: `chart-${name}`,
  version: "1.0",
  architecture: "any",
  url: `${base}/${name}-1.0.tgz`,
  sha256: sha256(content),
  statedBy: [],
  confidence: "high",
});

/** A mirror that has these files. */
function mirrorWith(files: Readonly<Record<string, string>>): string {
  const mirror = join(folder, "mirror");
  mkdirSync(join(mirror, "charts"), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(mirror, "charts", name), content);
  return mirror;
}

const inBundle = (name: string): string => readFileSync(join(bundle, "charts", name), "utf8");

describe("a bundle", () => {
  const charts = [chart("one", "first"), chart("two", "second")];
  const files = { "one-1.0.tgz": "first", "two-1.0.tgz": "second" };

  test("is made from a mirror, with its checksums, for everyone to read", async () => {
    const { files: results } = await syncMirror(
      bundle,
      { published: charts },
      { progress: silentProgress, mirror: mirrorWith(files) },
    );
    expect(results.map(({ file, outcome }) => `${outcome} ${file}`)).toEqual([
      "copied charts/one-1.0.tgz",
      "copied charts/two-1.0.tgz",
    ]);
    expect(readdirSync(bundle).sort()).toEqual(["SHA256SUMS", "charts"]);
    expect(readdirSync(join(bundle, "charts")).sort()).toEqual(Object.keys(files));
    expect(inBundle("two-1.0.tgz")).toBe("second");
    expect(statSync(join(bundle, "charts", "one-1.0.tgz")).mode & 0o777).toBe(0o644);
    expect(readFileSync(join(bundle, "SHA256SUMS"), "utf8")).toBe(
      `${sha256("first")}  charts/one-1.0.tgz\n${sha256("second")}  charts/two-1.0.tgz\n`,
    );
  });

  test("that is right is not written to, and nothing is asked for", async () => {
    await syncMirror(bundle, { published: charts }, { progress: silentProgress, mirror: mirrorWith(files) });
    const before = statSync(join(bundle, "charts", "one-1.0.tgz"));
    rmSync(join(folder, "mirror"), { recursive: true });
    const { files: results } = await syncMirror(
      bundle,
      { published: charts },
      { progress: silentProgress, mirror: join(folder, "mirror") },
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(["kept", "kept"]);
    const after = statSync(join(bundle, "charts", "one-1.0.tgz"));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  test("with wrong bytes under a name gets the right ones, and that is said", async () => {
    mkdirSync(join(bundle, "charts"), { recursive: true });
    writeFileSync(join(bundle, "charts", "one-1.0.tgz"), "tampered");
    const {
      files: [one, two],
    } = await syncMirror(bundle, { published: charts }, { progress: silentProgress, mirror: mirrorWith(files) });
    expect(one).toMatchObject({ outcome: "replaced", detail: expect.stringContaining(sha256("tampered")) });
    expect(two).toMatchObject({ outcome: "copied" });
    expect(inBundle("one-1.0.tgz")).toBe("first");
  });

  test("tells everything at once that cannot be had, with the reason, and has the rest", async () => {
    const mirror = mirrorWith({ "one-1.0.tgz": "first", "two-1.0.tgz": "not the second" });
    mkdirSync(join(bundle, "charts"), { recursive: true });
    writeFileSync(join(bundle, "charts", "two-1.0.tgz"), "tampered");
    const { files: results } = await syncMirror(
      bundle,
      { published: [...charts, chart("three", "third")] },
      {
        progress: silentProgress,
        mirror,
      },
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(["copied", "missing", "missing"]);
    expect(results[1]?.detail).toMatch(
      /what was there is not what was published .* is not what was published: SHA-256/,
    );
    expect(results[2]?.detail).toMatch(/^there is no .*three-1\.0\.tgz; it is published as http:\/\/127/);
    // It is refused by whoever reads it, and may be all that the user has.
    expect(inBundle("two-1.0.tgz")).toBe("tampered");
    expect(readdirSync(join(bundle, "charts")).sort()).toEqual(["one-1.0.tgz", "two-1.0.tgz"]);
    expect(readFileSync(join(bundle, "SHA256SUMS"), "utf8")).toBe(`${sha256("first")}  charts/one-1.0.tgz\n`);
  });

  test("comes from the published addresses where there is no mirror, and where it would be its own", async () => {
    const base = await serve((_request, response) => response.end("first"));
    const {
      files: [first],
    } = await syncMirror(bundle, { published: [chart("one", "first", base)] }, { progress: silentProgress });
    expect(first).toMatchObject({ outcome: "copied", detail: `from ${new URL(base).host}` });
    rmSync(bundle, { recursive: true });
    const {
      files: [second],
    } = await syncMirror(
      bundle,
      { published: [chart("one", "first", base)] },
      {
        progress: silentProgress,
        mirror: bundle,
      },
    );
    expect(second).toMatchObject({ outcome: "copied" });
    expect(inBundle("one-1.0.tgz")).toBe("first");
  });

  test("has a download under its address", async () => {
    const base = await serve((_request, response) => response.end("tool"));
    const tool: Pin = { ...chart("one", "tool"), name: "tool", url: `${base}/v1.0/tool` };
    const {
      files: [result],
    } = await syncMirror(bundle, { published: [tool] }, { progress: silentProgress });
    const file = `downloads/${new URL(base).host}/v1.0/tool`;
    expect(result).toEqual({
      file,
      sha256: sha256("tool"),
      outcome: "copied",
      detail: `from ${new URL(base).host}`,
    });
    expect(readFileSync(join(bundle, file), "utf8")).toBe("tool");
    expect(readFileSync(join(bundle, "SHA256SUMS"), "utf8")).toBe(`${sha256("tool")}  ${file}\n`);
  });

  test("comes from the URL of a mirror", async () => {
    const asked: (string | undefined)[] = [];
    const base = await serve((request, response) => {
      asked.push(request.url);
      response.end("first");
    });
    await syncMirror(
      bundle,
      { published: [chart("one", "first")] },
      { progress: silentProgress, mirror: `${base}/copy/` },
    );
    expect(asked).toEqual(["/copy/charts/one-1.0.tgz"]);
    expect(inBundle("one-1.0.tgz")).toBe("first");
  });

  test("from where nobody listens has nothing, and says who did not answer", async () => {
    const base = await refused();
    const { files: results } = await syncMirror(
      bundle,
      { published: [chart("one", "first", base), chart("two", "second", base)] },
      {
        progress: silentProgress,
      },
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(["missing", "missing"]);
    for (const { detail } of results)
      expect(detail).toMatch(/is not reached \(ECONNREFUSED\); it is published as http/);
    expect(readdirSync(join(bundle, "charts"))).toEqual([]);
    expect(existsSync(join(bundle, "SHA256SUMS"))).toBe(false);
  });

  test("cannot be where a file is", async () => {
    writeFileSync(bundle, "a file");
    await expect(syncMirror(bundle, { published: charts }, { progress: silentProgress })).rejects.toThrow(
      /bundle cannot be made: (ENOTDIR|EEXIST).*; name a folder/,
    );
  });
});

test("a run that is killed half-way leaves nothing under a final name, and the next one removes what it left", async () => {
  const base = await serve((_request, response) => {
    response.writeHead(200, { "content-length": 100_000 });
    response.write("x".repeat(50_000));
  });
  child = spawn(
    process.execPath,
    [join(CLONE, "infra/bin/ofwasm.cjs"), "mirror", "sync", bundle, "--only", "published", "--set", `mirror=${base}`],
    { env: { ...process.env, OFWASM_CACHE: join(folder, "cache") }, stdio: "ignore" },
  );
  const ended = new Promise((resolve) => child?.once("exit", (_code, signal) => resolve(signal)));
  const files = (): string[] => filesBelow(bundle, []);
  const deadline = Date.now() + 60_000;
  while (files().filter((file) => statSync(file).size > 0).length < 2) {
    if (Date.now() > deadline) throw new Error(`no half of two files within 60 s, but ${files().join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
  expect(files().length).toBeGreaterThan(1);
  expect(files().filter((file) => !file.endsWith(".tmp.part"))).toEqual([]);
  await syncMirror(bundle, { published: [] }, { progress: silentProgress });
  expect(files()).toEqual([]);
}, 90_000);

(mirrorMissing() === "" ? describe : describe.skip)(`a bundle of the published charts ${mirrorMissing()}`, () => {
  // The first time Helm is built.
  const DEADLINE_MS = 900_000;

  test(
    "is what the setting mirror reads: every chart is taken from it, and a layer is rendered",
    async () => {
      const helpers = [
        await ensure(helmBinary(), { progress: silentProgress }),
        await ensure(manifestsBinary(), { progress: silentProgress }),
      ];
      // A cache that has the programs and no chart, so that it is the bundle that is read.
      process.env.OFWASM_CACHE = join(folder, "cache");
      for (const { path } of helpers) {
        const place = join(folder, "cache", basename(dirname(path)), basename(path));
        mkdirSync(dirname(place), { recursive: true });
        symlinkSync(path, place);
      }
      const { files: results } = await syncMirror(
        bundle,
        { published: publishedCharts },
        { progress: silentProgress, mirror: upstreamMirror() },
      );
      expect(results.map(({ outcome }) => outcome)).toEqual(publishedCharts.map(() => "copied"));
      const making = { progress: silentProgress, mirror: bundle };
      for (const { name, version } of publishedCharts) {
        const stored = await ensure(chartArchive({ name: name.replace(/^chart-/, ""), version }), making);
        expect([stored.fresh, stored.source]).toEqual([true, "mirror"]);
      }
      const places = { kubernetesVersion: versions.kubernetes.module };
      const { path, fresh } = await ensure(layerCharts(["shipwright"], places).shipwright!, making);
      expect(fresh).toBe(true);
      expect(readLayerCharts({ shipwright: path }, places).shipwright!.map(({ kind }) => kind)).toContain("Deployment");
    },
    DEADLINE_MS,
  );
});
