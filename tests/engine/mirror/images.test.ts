import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tar } from "../../../components/archive";
import type { ImageCopy } from "../../../infra/mirror/contents";
import { pushImages } from "../../../infra/mirror/push";
import { copyImage, ensureSkopeo } from "../../../infra/mirror/skopeo";
import { syncMirror } from "../../../infra/mirror/sync";
import { sha256 } from "../../../infra/toolchain/payload/contents";
import { silentProgress } from "../../../infra/toolchain/progress";
import { LoopbackRegistry, registryProgram } from "./registry";

const obstacle = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get") ? "" : "(needs root and apt)";
const DEADLINE_MS = 180_000;

const DOCKER = "application/vnd.docker.distribution.manifest";
const making = { progress: silentProgress };

(obstacle === "" ? describe : describe.skip)(`images of a bundle, with skopeo and a registry ${obstacle}`, () => {
  let folder: string;
  let bundle: string;
  let registry: LoopbackRegistry;
  /** Of two platforms, in Docker's own kinds of manifests: a copy in OCI's would have another digest. */
  let list: ImageCopy;
  let single: ImageCopy;
  const homeBefore = process.env.HOME;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ofwasm-images-"));
    await ensureSkopeo(silentProgress);
    registry = new LoopbackRegistry(await registryProgram(join(folder, "program")), join(folder, "registry"));
    await registry.start();
    // skopeo reads its registries there: one that stands for a far one, and one where nobody is. It pulls by such a
    // prefix, and pushes to the address itself.
    process.env.HOME = join(folder, "home");
    const registries = [
      ["origin.example", `${registry.host}/origin`],
      ["gone.example", "127.0.0.1:1"],
      [registry.host, registry.host],
    ];
    const place = join(folder, "home", ".config", "containers");
    mkdirSync(place, { recursive: true });
    const text = registries.map(
      ([prefix, location]) => `[[registry]]\nprefix = "${prefix}"\nlocation = "${location}"\ninsecure = true\n`,
    );
    writeFileSync(join(place, "registries.conf"), text.join("\n"));
    list = await published("team/list", "v1", dockerList(join(folder, "list")), true);
    single = await published("team/single", "v2", dockerImage(join(folder, "single"), "single"), false);
  }, DEADLINE_MS);

  beforeEach(() => {
    bundle = mkdtempSync(join(folder, "bundle-"));
  });

  afterAll(async () => {
    if (homeBefore === undefined) delete process.env.HOME;
    else process.env.HOME = homeBefore;
    await registry?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Puts an image where its home is said to be. */
  async function published(name: string, tag: string, from: string, pinned: boolean): Promise<ImageCopy> {
    const step = silentProgress.step(name);
    await copyImage(`dir:${from}`, `docker://${registry.host}/origin/${name}:${tag}`, step);
    const digest = `sha256:${sha256(readFileSync(join(from, "manifest.json")))}`;
    const home = `origin.example/${name}`;
    return {
      reference: `${registry.host}/site/${home}:${tag}${pinned ? `@${digest}` : ""}`,
      folder: `images/${home}/${tag}`,
      ...(pinned ? { digest } : { unpinned: "a test" }),
      copy: {
        from: `docker://${home}${pinned ? `@${digest}` : `:${tag}`}`,
        to: `docker://${registry.host}/site/${home}:${tag}`,
      },
    };
  }

  const manifestOf = (image: ImageCopy): string => join(bundle, image.folder, "manifest.json");
  const blobsIn = ({ folder: of }: ImageCopy): string[] =>
    readdirSync(join(bundle, of)).filter((name) => /^[0-9a-f]{64}$/.test(name));

  test(
    "they come with all platforms and the published digests, and a second run asks nobody",
    async () => {
      const { files } = await syncMirror(bundle, { published: [], images: [list, single] }, making);
      expect(files.map(({ outcome }) => outcome)).toEqual(["copied", "copied"]);
      expect(`sha256:${sha256(readFileSync(manifestOf(list)))}`).toBe(list.digest);
      const platforms = (JSON.parse(readFileSync(manifestOf(list), "utf8")) as { manifests: { digest: string }[] })
        .manifests;
      expect(platforms).toHaveLength(2);
      for (const { digest } of platforms)
        expect(existsSync(join(bundle, list.folder, `${digest.slice(7)}.manifest.json`))).toBe(true);
      const sums = (): number | null =>
        spawnSync("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: bundle }).status;
      expect(sums()).toBe(0);
      const blob = join(bundle, list.folder, blobsIn(list)[0]!);
      const content = readFileSync(blob);
      writeFileSync(blob, "tampered");
      expect(sums()).toBe(1);
      writeFileSync(blob, content);
      await registry.stop();
      try {
        const again = await syncMirror(bundle, { published: [], images: [list, single] }, making);
        expect(again.files.map(({ outcome }) => outcome)).toEqual(["kept", "kept"]);
        // Another bundle takes them from this one.
        const other = mkdtempSync(join(folder, "bundle-"));
        const copy = await syncMirror(other, { published: [], images: [list] }, { ...making, mirror: bundle });
        expect(copy.files).toMatchObject([{ outcome: "copied", detail: expect.stringContaining("from dir:") }]);
      } finally {
        await registry.start();
      }
    },
    DEADLINE_MS,
  );

  test(
    "what was tampered with, and what a killed run left, goes",
    async () => {
      await syncMirror(bundle, { published: [], images: [list] }, making);
      const blob = blobsIn(list)[0]!;
      writeFileSync(join(bundle, list.folder, blob), "tampered");
      const { pid } = spawnSync("true");
      mkdirSync(join(bundle, "images", `half.${pid}.tmp`));
      const { files } = await syncMirror(bundle, { published: [], images: [list] }, making);
      expect(files).toMatchObject([{ outcome: "replaced", detail: expect.stringContaining(`${blob} has SHA-256`) }]);
      expect(sha256(readFileSync(join(bundle, list.folder, blob)))).toBe(blob);
      expect(readdirSync(join(bundle, "images"))).toEqual(["origin.example"]);
    },
    DEADLINE_MS,
  );

  test(
    "a run that is killed leaves nothing under an image's name",
    async () => {
      const folderOf = join(bundle, "images");
      // skopeo stands still for as long as it takes to kill who waits for it.
      const slow = join(folder, "slow");
      mkdirSync(slow, { recursive: true });
      writeFileSync(
        join(slow, "skopeo"),
        '#!/bin/sh\n[ "$2" = --help ] && echo --preserve-digests && exit\nfor last; do :; done\nmkdir -p "$(expr "$last" : "dir:\\(.*\\)")"\nsleep 30\n',
        { mode: 0o755 },
      );
      const program = join(__dirname, "..", "..", "..", "infra", "bin", "ofwasm.cjs");
      const child = spawn(process.execPath, [program, "mirror", "sync", bundle, "--only", "images"], {
        env: { ...process.env, PATH: `${slow}:${process.env.PATH}` },
        stdio: "ignore",
      });
      const ended = new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
      const begun = (): string[] =>
        existsSync(folderOf) ? readdirSync(folderOf).filter((n) => n.endsWith(".tmp")) : [];
      const deadline = Date.now() + 60_000;
      // All that are copied at once: none of them begins after the kill.
      while (begun().length < 4) {
        if (Date.now() > deadline) child.kill("SIGKILL");
        expect(Date.now()).toBeLessThan(deadline);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      child.kill("SIGKILL");
      expect(await ended).toBe("SIGKILL");
      expect(readdirSync(folderOf).filter((name) => !name.endsWith(".tmp") && holdsFile(join(folderOf, name)))).toEqual(
        [],
      );
      const { files } = await syncMirror(bundle, { published: [], images: [single] }, making);
      expect(files).toMatchObject([{ outcome: "copied" }]);
      expect(begun()).toEqual([]);
    },
    DEADLINE_MS,
  );

  test(
    "a registry that is not there is said of each image, and the others come",
    async () => {
      const gone = (name: string): ImageCopy => ({
        reference: name,
        folder: `images/gone.example/${name}/v1`,
        copy: { from: `docker://gone.example/${name}:v1` },
      });
      const names = ["a", "b", "c", "d", "e", "f"];
      const { files } = await syncMirror(bundle, { published: [], images: [...names.map(gone), single] }, making);
      expect(files.map(({ outcome }) => outcome)).toEqual([...names.map(() => "missing"), "copied"]);
      for (const [index, { detail }] of files.slice(0, -1).entries())
        expect(detail).toMatch(new RegExp(`connection refused; it is docker://gone\\.example/${names[index]}:v1$`));
      // The last ones were not even tried.
      expect(files[5]?.detail).toMatch(/^gone\.example is not reached: /);
    },
    DEADLINE_MS,
  );

  test(
    "an image that its registry does not have is said with the registry's reason",
    async () => {
      const digest = `sha256:${"0".repeat(64)}`;
      const absent = { ...list, digest, copy: { from: `docker://origin.example/team/list@${digest}` } };
      const { files } = await syncMirror(bundle, { published: [], images: [absent] }, making);
      expect(files).toMatchObject([
        { outcome: "missing", detail: expect.stringMatching(/manifest unknown; it is docker:/) },
      ]);
      expect(existsSync(join(bundle, list.folder))).toBe(false);
    },
    DEADLINE_MS,
  );

  test(
    "they are pushed with the same digests, and what the bundle has not got is named",
    async () => {
      await syncMirror(bundle, { published: [], images: [list, single] }, making);
      const absent = { ...single, folder: "images/origin.example/none/v1", reference: "site.example/none:v1" };
      const images = [list, single, absent].map((one) => ({ ...one, to: one.copy.to! }));
      const pushed = await pushImages(bundle, images, silentProgress);
      expect(pushed.map(({ outcome }) => outcome)).toEqual(["pushed", "pushed", "missing"]);
      expect(pushed[2]?.detail).toMatch(/^there is no .*none\/v1\/manifest\.json$/);
      expect(await registry.digest("site/origin.example/team/list", "v1")).toBe(list.digest);
      expect(await registry.digest("site/origin.example/team/list", list.digest!)).toBe(list.digest);
      expect(await registry.digest("site/origin.example/team/single", "v2")).toBe(pushed[1]?.detail);
      expect((await pushImages(bundle, images.slice(0, 2), silentProgress)).map(({ outcome }) => outcome)).toEqual([
        "pushed",
        "pushed",
      ]);
    },
    DEADLINE_MS,
  );
});

const holdsFile = (place: string): boolean =>
  readdirSync(place, { withFileTypes: true, recursive: true }).some((entry) => entry.isFile());

/** Writes a blob as skopeo's transport `dir` has it, and returns its descriptor. */
function blob(folder: string, mediaType: string, bytes: Buffer): object {
  const sum = sha256(bytes);
  writeFileSync(join(folder, sum), bytes);
  return { mediaType, size: bytes.length, digest: `sha256:${sum}` };
}

function manifest(folder: string, architecture: string): string {
  mkdirSync(folder, { recursive: true });
  const content = Buffer.from(`layer for ${architecture} of ${folder.length}`);
  const archive = tar([{ kind: "file", path: "module.wasm", mode: 0o644, data: content }]);
  const config = {
    architecture,
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(archive)}`] },
  };
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: `${DOCKER}.v2+json`,
    config: blob(folder, "application/vnd.docker.container.image.v1+json", Buffer.from(JSON.stringify(config))),
    layers: [blob(folder, "application/vnd.docker.image.rootfs.diff.tar.gzip", gzipSync(archive))],
  });
}

function dockerImage(folder: string, architecture: string): string {
  const text = manifest(folder, architecture);
  writeFileSync(join(folder, "manifest.json"), text);
  writeFileSync(join(folder, "version"), "Directory Transport Version: 1.1\n");
  return folder;
}

function dockerList(folder: string): string {
  const manifests = ["amd64", "arm64"].map((architecture) => {
    const text = manifest(folder, architecture);
    writeFileSync(join(folder, `${sha256(text)}.manifest.json`), text);
    const platform = { architecture, os: "linux" };
    return { mediaType: `${DOCKER}.v2+json`, size: text.length, digest: `sha256:${sha256(text)}`, platform };
  });
  const text = JSON.stringify({ schemaVersion: 2, mediaType: `${DOCKER}.list.v2+json`, manifests });
  writeFileSync(join(folder, "manifest.json"), text);
  writeFileSync(join(folder, "version"), "Directory Transport Version: 1.1\n");
  return folder;
}
