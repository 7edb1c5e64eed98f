import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "../toolchain/payload/contents";
import { checkImage } from "./image-folder";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-image-folder-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

const digestOf = (text: string): string => `sha256:${sha256(text)}`;

/** Writes a blob as skopeo does, and returns its descriptor. */
function blob(text: string): { digest: string } {
  writeFileSync(join(folder, sha256(text)), text);
  return { digest: digestOf(text) };
}

const platform = (name: string): string =>
  JSON.stringify({
    schemaVersion: 2,
    config: blob(`config of ${name}`),
    layers: [blob("shared"), blob(`layer of ${name}`)],
  });

/** An index of two platforms; returns its digest. */
function index(): string {
  const manifests = ["amd64", "arm64"].map((name) => {
    const text = platform(name);
    writeFileSync(join(folder, `${sha256(text)}.manifest.json`), text);
    return { digest: digestOf(text), platform: { architecture: name, os: "linux" } };
  });
  const text = JSON.stringify({ schemaVersion: 2, manifests });
  writeFileSync(join(folder, "manifest.json"), text);
  return digestOf(text);
}

function single(manifest: object | string): string {
  const text = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
  writeFileSync(join(folder, "manifest.json"), text);
  return digestOf(text);
}

test("an image of two platforms is whole, with its digest or without one", async () => {
  const digest = index();
  const whole = await checkImage(folder, digest);
  expect(whole.digest).toBe(digest);
  expect(whole.parts.map(({ file }) => file).sort()).toEqual(readdirSync(folder).sort());
  expect(whole.parts[0]).toEqual({ file: "manifest.json", sha256: digest.replace("sha256:", "") });
  expect(await checkImage(folder)).toEqual(whole);
});

test("an image of one platform is whole", async () => {
  const digest = single(platform("amd64"));
  expect((await checkImage(folder, digest)).digest).toBe(digest);
});

test("layers that are had elsewhere may be missing, but not another", async () => {
  const elsewhere = { digest: digestOf("theirs"), urls: ["https://layers.example.org/1"] };
  const digest = single({ config: blob("config"), layers: [elsewhere] });
  expect((await checkImage(folder, digest)).parts).toHaveLength(2);
  writeFileSync(join(folder, sha256("theirs")), "theirs");
  expect((await checkImage(folder, digest)).parts).toHaveLength(3);
  writeFileSync(join(folder, sha256("theirs")), "tampered");
  await expect(checkImage(folder, digest)).rejects.toThrow("has SHA-256");
  rmSync(join(folder, sha256("theirs")));
  const bare = { digest: digestOf("theirs"), urls: [] };
  await expect(checkImage(folder, single({ config: blob("config"), layers: [bare] }))).rejects.toThrow(/there is no/);
});

test("another digest is refused, with both", async () => {
  const digest = index();
  const other = digestOf("another");
  await expect(checkImage(folder, other)).rejects.toThrow(`is that of ${digest}, not of ${other}`);
});

test.each(["layer of arm64", "config of amd64", "shared"])("%s: missing or tampered with", async (text) => {
  const digest = index();
  writeFileSync(join(folder, sha256(text)), "tampered");
  await expect(checkImage(folder, digest)).rejects.toThrow(
    `${sha256(text)} has SHA-256 ${sha256("tampered")}, expected ${sha256(text)}`,
  );
  rmSync(join(folder, sha256(text)));
  await expect(checkImage(folder, digest)).rejects.toThrow(`there is no ${join(folder, sha256(text))}`);
});

test("a platform's manifest that is another is refused", async () => {
  const digest = index();
  const file = `${sha256(platform("arm64"))}.manifest.json`;
  writeFileSync(join(folder, file), platform("amd64"));
  await expect(checkImage(folder, digest)).rejects.toThrow(`${join(folder, file)} has SHA-256`);
});

test.each([
  ["{", "is no JSON"],
  [{ schemaVersion: 1, fsLayers: [] }, "without config and layers"],
  [{ config: { digest: "sha256:../../etc/passwd" }, layers: [] }, 'the digest "sha256:../../etc/passwd"'],
  [{ manifests: [{ digest: "md5:00" }] }, 'the digest "md5:00"'],
])("a manifest that cannot be read is refused: %j", async (manifest, message) => {
  await expect(checkImage(folder, single(manifest))).rejects.toThrow(message);
});

test("an empty folder is no image", async () => {
  await expect(checkImage(folder)).rejects.toThrow(`there is no ${join(folder, "manifest.json")}`);
});
