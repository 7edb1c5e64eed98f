import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEnv } from "./cargo";
import { moduleImage } from "./image";
import { sampleModule } from "./module";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "sample-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("the sample's image", () => {
  const image = (content: string) => {
    const module = join(dir, "module.wasm");
    writeFileSync(module, content);
    return moduleImage(module);
  };
  // biome-ignore lint/suspicious/noExplicitAny: JSON of the OCI specification
  const json = (blob: Uint8Array | undefined): any => JSON.parse(Buffer.from(blob!).toString());

  it("is an index of both architectures with one layer in common", async () => {
    const { manifest, blobs } = await image("\0asm");
    expect(manifest.mediaType).toBe("application/vnd.oci.image.index.v1+json");
    const { manifests } = json(blobs.get(manifest.digest));
    expect(manifests.map((one: { platform: object }) => one.platform)).toEqual([
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ]);
    const layers = manifests.map((one: { digest: string }) => json(blobs.get(one.digest)).layers);
    expect(layers[0]).toHaveLength(1);
    expect(layers[0]).toEqual(layers[1]);
  });

  it("starts the module without root, and is stopped by the only signal that works", async () => {
    const { manifest, blobs } = await image("\0asm");
    const [first] = json(blobs.get(manifest.digest)).manifests;
    const config = json(blobs.get(json(blobs.get(first.digest)).config.digest));
    expect(config.config).toMatchObject({
      Entrypoint: ["/wasmedge_hyper_server.wasm"],
      StopSignal: "SIGKILL",
      User: "65532:65532",
    });
  });

  it("has a name that changes with its content, and only with it", async () => {
    const [one, again, other] = [await image("\0asm1"), await image("\0asm1"), await image("\0asm2")];
    expect(one.names[0]).toMatch(/^ofwasm\.local\/http-server:[0-9a-f]{12}$/);
    expect(one.manifest.digest).toContain(one.names[0]!.split(":")[1]);
    expect(again).toEqual(one);
    expect(other.names).not.toEqual(one.names);
  });
});

describe("the sample's module", () => {
  it("is another artifact when a source changes, and the same one wherever the clone lies", () => {
    const sources = join(__dirname, "../../../samples/http-server");
    const copy = join(dir, "copy");
    cpSync(sources, copy, { recursive: true, filter: (file) => !file.includes("/target") });
    expect(sampleModule(copy).inputs).toEqual(sampleModule().inputs);
    writeFileSync(join(copy, "README.md"), "other words\n");
    expect(sampleModule(copy).inputs).toEqual(sampleModule().inputs);
    writeFileSync(join(copy, "src/answer.rs"), "// other code\n");
    expect(sampleModule(copy).inputs).not.toEqual(sampleModule().inputs);
  });

  it("says so when its sources are not there", () => {
    expect(() => sampleModule(join(dir, "nowhere"))).toThrow(/holds no Rust crate; restore/);
  });

  it("is built with no flags of the user's, and without this host's paths in it", () => {
    const env = buildEnv("/clone/samples/http-server", "/home/me/.cargo", "/target");
    expect(env.CARGO_ENCODED_RUSTFLAGS?.split("\x1f")).toEqual([
      "--remap-path-prefix=/home/me/.cargo=/cargo",
      "--remap-path-prefix=/clone/samples/http-server=/src",
    ]);
    expect(env).toMatchObject({ CARGO_TARGET_DIR: "/target", RUSTFLAGS: undefined, RUSTC_WRAPPER: "" });
  });
});
