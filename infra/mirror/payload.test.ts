import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostArchitecture } from "../toolchain/architecture";
import { MANIFEST_FILE, mirroredPayload, PAYLOAD_FILE, readPayload } from "../toolchain/payload";
import { sha256 } from "../toolchain/payload/contents";
import { silentProgress } from "../toolchain/progress";
import { type Artifact, ensure, filesBelow } from "../toolchain/store";
import { syncMirror } from "./sync";

const VERSIONS = { crun: "1.21", wasmedge: "0.14.1" };

let folder: string;
let bundle: string;
const cacheBefore = process.env.OFWASM_CACHE;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ofwasm-mirror-payload-"));
  bundle = join(folder, "bundle");
  process.env.OFWASM_CACHE = join(folder, "cache");
});

afterEach(() => {
  if (cacheBefore === undefined) delete process.env.OFWASM_CACHE;
  else process.env.OFWASM_CACHE = cacheBefore;
  rmSync(folder, { recursive: true, force: true });
});

/** A payload as far as a bundle looks into it. */
const made = (archive: string, facts: object = {}): Artifact => ({
  name: "node-runtime",
  title: "payload of a test",
  inputs: [archive],
  produce: async (into) => {
    writeFileSync(join(into, PAYLOAD_FILE), archive);
    const manifest = { versions: VERSIONS, architecture: hostArchitecture(), sha256: sha256(archive), ...facts };
    writeFileSync(join(into, MANIFEST_FILE), JSON.stringify(manifest));
    return { source: "test" };
  },
});

const sync = (payload: Artifact) => syncMirror(bundle, { published: [], payload }, { progress: silentProgress });

/** The digest of a payload that the bundle has. */
async function bundled(archive: string, facts?: object): Promise<string> {
  const { payloadDigest } = await sync(made(archive, facts));
  return payloadDigest!;
}

const taken = (digest: string, mirror: string | undefined = bundle, inputs: object = {}) =>
  ensure(
    mirroredPayload({ digest, versions: VERSIONS, build: "payload", architecture: hostArchitecture(), ...inputs }),
    {
      progress: silentProgress,
      mirror,
    },
  );

test("a bundle has the payload under its digest, with its checksums, and what is right stays", async () => {
  const first = await sync(made("runtime"));
  const digest = first.payloadDigest!;
  expect(first.files.map(({ file, outcome }) => `${outcome} ${file}`)).toEqual([
    `copied payloads/${digest}/payload.tar.gz`,
    `copied payloads/${digest}/manifest.json`,
  ]);
  expect(sha256(readFileSync(join(bundle, "payloads", digest, MANIFEST_FILE)))).toBe(digest);
  expect(readFileSync(join(bundle, "SHA256SUMS"), "utf8")).toBe(
    `${digest}  payloads/${digest}/manifest.json\n${sha256("runtime")}  payloads/${digest}/payload.tar.gz\n`,
  );
  const second = await sync(made("runtime"));
  expect(second.files.map(({ outcome }) => outcome)).toEqual(["kept", "kept"]);
});

test("another payload comes beside it: a stack may still name the first", async () => {
  const [one, two] = [await bundled("runtime"), await bundled("newer")];
  expect(one).not.toBe(two);
  expect(filesBelow(join(bundle, "payloads"), [])).toHaveLength(4);
});

test("a payload that cannot be made is told as missing, with the reason", async () => {
  const produce = (): Promise<never> => Promise.reject(new Error("there is no compiler"));
  const { files, payloadDigest } = await sync({ ...made("runtime"), produce });
  expect(files).toEqual([{ file: "payloads/", outcome: "missing", detail: "there is no compiler" }]);
  expect(payloadDigest).toBeUndefined();
});

test("a payload of the cache that was changed is not copied", async () => {
  const { path } = await ensure(made("runtime"), { progress: silentProgress });
  writeFileSync(join(path, PAYLOAD_FILE), "tampered");
  const { files, payloadDigest } = await sync(made("runtime"));
  expect(files[0]).toMatchObject({ outcome: "missing", detail: expect.stringMatching(/Remove .*: it is made again/) });
  expect(payloadDigest).toBeUndefined();
});

test("the mirror's payload is what the settings name, without making any", async () => {
  const digest = await bundled("runtime");
  const { path, source } = await taken(digest);
  expect(source).toBe("mirror");
  expect(readFileSync(readPayload(path).path, "utf8")).toBe("runtime");
});

test.each([
  [PAYLOAD_FILE, "tampered"],
  [MANIFEST_FILE, "{}"],
])("a mirror with another %s is refused", async (file, content) => {
  const digest = await bundled("runtime");
  writeFileSync(join(bundle, "payloads", digest, file), content);
  await expect(taken(digest)).rejects.toThrow(/is not what was published: SHA-256 .* Make it again where it was made/);
});

test("a payload of anything else than the settings ask for is refused with all that differs", async () => {
  const digest = await bundled("runtime", {
    versions: { ...VERSIONS, crun: "1.20" },
    architecture: "riscv64",
    build: "node",
  });
  const refusal = await taken(digest).catch((error: Error) => error.message);
  expect(refusal).toContain("crun 1.20 instead of 1.21: set crunVersion to 1.20");
  expect(refusal).toContain(`architecture riscv64 instead of ${hostArchitecture()}`);
  expect(refusal).toContain("runtimeBuild node instead of payload");
});

test("a mirror that does not have it, and no mirror at all, are named", async () => {
  mkdirSync(bundle);
  const digest = "a".repeat(64);
  await expect(taken(digest)).rejects.toThrow(`there is no ${bundle}/payloads/${digest}/manifest.json`);
  const artifact = mirroredPayload({ digest, versions: VERSIONS, build: "payload", architecture: hostArchitecture() });
  await expect(ensure(artifact, { progress: silentProgress })).rejects.toThrow(/set mirror, too/);
});
